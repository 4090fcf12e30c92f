using Trireme.ApiServer.Requests;

namespace Trireme.ApiServer.Resources;

/// <summary>A part or a view of an object with a path of its own.</summary>
/// <param name="Name">The last part of the path, such as "status".</param>
/// <param name="Group">Group of the kind it shows.</param>
/// <param name="Version">Version of the kind it shows.</param>
/// <param name="Kind">The kind it shows.</param>
/// <param name="Verbs">What can be done with it.</param>
/// <param name="MediaType">In what form it is read.</param>
internal sealed record Subresource(
    string Name, string Group, string Version, string Kind, IReadOnlyList<string> Verbs, string MediaType = RequestContent.Json);
