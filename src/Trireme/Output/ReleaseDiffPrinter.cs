using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Releases;

namespace Trireme.Output;

/// <summary>Tells how two releases differ.</summary>
internal static class ReleaseDiffPrinter
{
    private static readonly string[] Header = ["PART", "ITEM", "CHANGE"];

    public static void Print(Release first, Release second, IReadOnlyList<ReleaseChange> changes, TextWriter output)
    {
        string names = $"{first.Metadata.Name} and {second.Metadata.Name}";
        if (changes.Count == 0)
        {
            output.WriteLine($"{names} pin the same: content {first.Status?.ShortHash}.");
            return;
        }

        TablePrinter.Print(
            [Header, .. changes.Select(static change => new[] { change.Part.ToText(), change.Item, Change(change) })], output);
        output.WriteLine();
        output.WriteLine(changes.Any(static change => change.IsContent)
            ? $"Content {first.Status?.ShortHash} became {second.Status?.ShortHash}."
            : $"Only words differ, which are no content: both are {second.Status?.ShortHash}.");
    }

    public static JsonObject ToJson(Release first, Release second, IReadOnlyList<ReleaseChange> changes) => new()
    {
        ["from"] = Name(first),
        ["to"] = Name(second),
        ["sameContent"] = !changes.Any(static change => change.IsContent),
        ["changes"] = new JsonArray(
        [
            .. changes.Select(static change => new JsonObject
            {
                ["part"] = change.Part.ToText(),
                ["item"] = change.Item,
                ["content"] = change.IsContent,
                ["from"] = change.From,
                ["to"] = change.To,
            }),
        ]),
    };

    private static JsonObject Name(Release release) =>
        new() { ["name"] = release.Metadata.Name, ["contentHash"] = release.Status?.ContentHash };

    private static string Change(ReleaseChange change) => (change.From, change.To) switch
    {
        (null, { } added) => $"added: {Short(added)}",
        ({ } removed, null) => $"removed: {Short(removed)}",
        _ => $"{Short(change.From)} to {Short(change.To)}",
    };

    /// <summary>Digests are told apart by their first digits, as everywhere.</summary>
    private static string Short(string? value) =>
        value is { Length: 71 } && value.StartsWith("sha256:", StringComparison.Ordinal) ? value[..19] : value ?? "";
}
