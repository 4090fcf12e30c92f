namespace Trireme.ApiServer.Definitions;

/// <summary>The names under which a kind is served. Those that another kind of its group has already are not given again.</summary>
internal sealed record AcceptedNames
{
    /// <summary>Name in URLs.</summary>
    public string Plural { get; init; } = "";

    /// <summary>Name of one.</summary>
    public string? Singular { get; init; }

    public string Kind { get; init; } = "";

    /// <summary>Kind of a list.</summary>
    public string? ListKind { get; init; }

    /// <summary>Short names for command lines.</summary>
    public IReadOnlyList<string>? ShortNames { get; init; }

    /// <summary>Names under which clients ask for several kinds at once.</summary>
    public IReadOnlyList<string>? Categories { get; init; }
}
