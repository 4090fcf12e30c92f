using Trireme.ApiServer.Requests;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Resources;

/// <summary>A part or a view of an object with a path of its own.</summary>
/// <param name="Name">The last part of the path, such as "status".</param>
/// <param name="Group">Group of the kind it shows.</param>
/// <param name="Version">Version of the kind it shows.</param>
/// <param name="Kind">The kind it shows.</param>
/// <param name="Verbs">What can be done with it.</param>
/// <param name="MediaType">In what form it is read.</param>
internal sealed record Subresource(
    string Name, string Group, string Version, string Kind, IReadOnlyList<string> Verbs, string MediaType = RequestContent.Json)
{
    /// <summary>The kind it shows, where that is another than the object's; null where it is the same or plain text.</summary>
    public ResourceDefinition? Shown { get; init; }

    /// <summary>A subresource that shows a kind of its own.</summary>
    public static Subresource Of(string name, ResourceDefinition shown, IReadOnlyList<string> verbs) =>
        new(name, shown.Group, shown.Version, shown.Kind, verbs) { Shown = shown };
}
