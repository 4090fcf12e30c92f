using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Replicas;

/// <summary>The command line that shows what engines said, for messages.</summary>
public static class LogsHint
{
    /// <param name="name">A service or a replica.</param>
    /// <param name="namespace">Its namespace, which is named where it is not the default.</param>
    public static string Command(string name, string? @namespace) =>
        @namespace is null or TriremeApi.DefaultNamespace ? $"trireme logs {name}" : $"trireme logs {name} -n {@namespace}";
}
