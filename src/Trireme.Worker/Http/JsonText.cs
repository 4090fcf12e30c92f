using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Trireme.Contracts.Http;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Http;

/// <summary>
/// Looks through JSON once, before anything reads it: every string and every name in it is text, and nothing is nested deeper than the
/// readers behind go, and every number is one that readers of double precision hold. An escape may spell half of a surrogate pair, which
/// JSON allows and no text holds; whoever asked a reader for such a string would get an exception. A number such as 1E400 would be
/// infinity to some readers and an error to others.
/// </summary>
internal static class JsonText
{
    private const int MaxDepth = RequestLimits.JsonLevels;

    private const int ShownNameLength = 64;

    /// <summary>What is read of a text is read again by a template, value by value.</summary>
    private const int ValuesInTextMax = 65_536;

    private const int ShownNumberLength = 40;

    /// <summary>Digits of numbers without an exponent that a double holds in any case: its largest has 309.</summary>
    private const int SafeDigits = 308;

    /// <summary>What is wrong with a text, or null.</summary>
    /// <param name="json">In UTF-8.</param>
    /// <param name="field">Field of the request that holds the text; null for a whole body.</param>
    /// <param name="values">How many tokens of JSON it holds: about as many values. Meaningless where something is wrong.</param>
    public static WorkerError? FindProblem(ReadOnlySpan<byte> json, string? field, out int values)
    {
        values = 0;
        string subject = field ?? "The body";
        if (json.IsEmpty) return WorkerError.Invalid(field, $"{subject} is empty; send JSON.");
        if (CompressedData.FormOf(json) is { } form)
        {
            return WorkerError.Invalid(field, $"{subject} is compressed with {form}, which is not read here. Send it as plain JSON.");
        }

        if (!Utf8.IsValid(json))
        {
            return WorkerError.Invalid(field, $"{subject} is not UTF-8: the byte at {CountText(json)} belongs to no character.");
        }

        try
        {
            return Walk(json, field, out values);
        }
        catch (JsonException exception)
        {
            long line = (exception.LineNumber ?? 0) + 1, position = (exception.BytePositionInLine ?? 0) + 1;
            return WorkerError.Invalid(
                field, $"{subject} is not valid JSON: error in line {line} at byte {position}: {WithoutPlace(exception.Message)}");
        }
    }

    /// <summary>The same for a text that is JSON itself, such as a schema in a string, which holds no more than a person writes.</summary>
    public static WorkerError? FindProblem(string json, string field)
    {
        if (FindProblem(Encoding.UTF8.GetBytes(json), field, out int values) is { } problem) return problem;
        return values <= ValuesInTextMax
            ? null
            : WorkerError.Invalid(field, string.Create(
                CultureInfo.InvariantCulture,
                $"{field} holds {values:N0} JSON values, and a text may hold {ValuesInTextMax:N0}. Send fewer."));
    }

    /// <summary>A reader's message without the path and the place that it appends in words of its own.</summary>
    public static string WithoutPlace(string message)
    {
        int place = message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        string shown = place < 0 ? message : message[..place];
        int path = shown.IndexOf(" Path: ", StringComparison.Ordinal);
        return path < 0 ? shown : shown[..path];
    }

    private static WorkerError? Walk(ReadOnlySpan<byte> json, string? field, out int values)
    {
        values = 0;
        // The reader's own limit is one level further, so that a text over this one is not taken for broken JSON.
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth + 1 });
        Span<Place> places = stackalloc Place[MaxDepth];
        int depth = 0;
        while (reader.Read())
        {
            values++;
            switch (reader.TokenType)
            {
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    depth--;
                    continue;
                case JsonTokenType.PropertyName:
                    if (IsHalf(reader)) return Half(PathOf(places[..(depth - 1)], json, field), "has a name that holds");
                    places[depth - 1] = new Place((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                    continue;
            }

            if (depth > 0 && places[depth - 1].IsInList) places[depth - 1] = places[depth - 1].Next();
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                if (depth == MaxDepth) return TooDeep(field);
                places[depth++] = reader.TokenType == JsonTokenType.StartArray ? Place.BeforeList : default;
            }
            else if (reader.TokenType == JsonTokenType.String && IsHalf(reader))
            {
                return Half(PathOf(places[..depth], json, field), "holds");
            }
            else if (reader.TokenType == JsonTokenType.Number && IsTooLarge(reader))
            {
                return TooLarge(PathOf(places[..depth], json, field), Encoding.ASCII.GetString(reader.ValueSpan));
            }
        }

        return null;
    }

    private static WorkerError TooDeep(string? field) => WorkerError.Invalid(
        field, $"{field ?? "The body"} is nested more than {MaxDepth} levels deep. Send one with fewer levels.");

    private static WorkerError Half(string path, string how) => WorkerError.Invalid(
        path.Length == 0 ? null : path,
        $"{(path.Length == 0 ? "The body" : path)} {how} half a character: an escape from \\ud800 to \\udfff without its other half. "
        + "Send whole characters.");

    private static WorkerError TooLarge(string path, string number) => WorkerError.Invalid(
        path.Length == 0 ? null : path,
        $"{(path.Length == 0 ? "The body" : path)} is {(number.Length <= ShownNumberLength ? number : number[..ShownNumberLength] + "…")}, "
        + "which no 64-bit number holds: they end at 1.8E308. Send a smaller one.");

    private static bool IsTooLarge(in Utf8JsonReader reader) =>
        (reader.ValueSpan.Length > SafeDigits || reader.ValueSpan.IndexOfAny((byte)'e', (byte)'E') >= 0)
        && !(reader.TryGetDouble(out double number) && double.IsFinite(number));

    private static bool IsHalf(in Utf8JsonReader reader) => reader.ValueIsEscaped && HoldsHalf(reader.ValueSpan);

    /// <summary>Whether an escape spells one half of a surrogate pair without the other behind it.</summary>
    private static bool HoldsHalf(ReadOnlySpan<byte> escaped)
    {
        while (escaped.IndexOf((byte)'\\') is var slash and >= 0)
        {
            escaped = escaped[slash..];
            int unit = UnitOf(escaped);
            if (char.IsLowSurrogate((char)unit)) return true;
            if (char.IsHighSurrogate((char)unit))
            {
                escaped = escaped[6..];
                if (!char.IsLowSurrogate((char)UnitOf(escaped))) return true;
            }

            // Whatever follows the backslash is part of the escape; four digits hold no further one.
            escaped = escaped[2..];
        }

        return false;
    }

    /// <summary>The UTF-16 unit that an escape such as \ud83d at the start spells; 0 for anything else.</summary>
    private static int UnitOf(ReadOnlySpan<byte> escape) =>
        escape.Length >= 6 && escape[0] == '\\' && escape[1] == 'u'
        && int.TryParse(escape[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int unit)
            ? unit
            : 0;

    /// <summary>Where a value is, such as messages[0].content.</summary>
    private static string PathOf(ReadOnlySpan<Place> places, ReadOnlySpan<byte> json, string? field)
    {
        var path = new StringBuilder(field);
        foreach (Place place in places)
        {
            if (place.IsInList)
            {
                path.Append(CultureInfo.InvariantCulture, $"[{place.Index}]");
                continue;
            }

            if (path.Length > 0) path.Append('.');
            string name = Encoding.UTF8.GetString(json.Slice(place.NameStart, place.NameLength));
            path.Append(name.Length <= ShownNameLength ? name : name[..ShownNameLength] + "…");
        }

        return path.ToString();
    }

    private static int CountText(ReadOnlySpan<byte> bytes)
    {
        int count = 0;
        while (Rune.DecodeFromUtf8(bytes[count..], out _, out int length) == OperationStatus.Done) count += length;
        return count;
    }

    /// <summary>A place within one level: an index of a list, or where the name of a field is written.</summary>
    private readonly record struct Place(int NameStart, int NameLength)
    {
        private const int ListMark = -1;

        public static Place BeforeList => new(ListMark, NameLength: -1);

        public bool IsInList => NameStart == ListMark;

        public int Index => NameLength;

        public Place Next() => this with { NameLength = NameLength + 1 };
    }
}
