namespace Trireme.Contracts.Engines;

/// <summary>An option of an engine that no release sets, because it says where and for whom the engine runs, not what it answers.</summary>
/// <param name="Flag">The argument's name, such as "--port".</param>
/// <param name="SetBy">What decides it, for people.</param>
public sealed record LocalOption(string Flag, string SetBy);
