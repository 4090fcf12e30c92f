using Trireme.Kubernetes;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>
/// Where the kernel may bound the memory of each engine: a control group of version 2 that was handed to the platform. It is the parent of
/// the group that the platform runs in, whose name, "platform", says so, as systemd's DelegateSubgroup does; the engines' groups are beside
/// that one, because a group with limits for its children may hold no process itself.
/// </summary>
internal sealed class ControlGroups
{
    public const string PlatformGroup = "platform";

    private const string Root = "/sys/fs/cgroup";
    private const string EnginePrefix = "replica.";

    private readonly string _parent;

    private ControlGroups(string parent) => _parent = parent;

    /// <summary>Null where no group was handed to the platform, or none that bounds memory.</summary>
    public static ControlGroups? Open()
    {
        if (DelegatedGroup(ProcessTable.Read("/proc/self/cgroup")) is not { } path) return null;
        string parent = Root + path;
        if (ProcessTable.Read(parent + "/cgroup.controllers")?.Split([' ', '\n']).Contains("memory") != true) return null;
        try
        {
            File.WriteAllText(parent + "/cgroup.subtree_control", "+memory");
            return new ControlGroups(parent);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The group of one engine, which may be there or not.</summary>
    public ControlGroup Of(ResourceKey replica) => new(Path.Combine(_parent, NameOf(replica)));

    /// <summary>Removes the groups of engines that are gone for good.</summary>
    public void RemoveOthers(IEnumerable<ResourceKey> known)
    {
        HashSet<string> names = [.. known.Select(NameOf)];
        foreach (string path in Directory.EnumerateDirectories(_parent, EnginePrefix + "*"))
        {
            if (!names.Contains(Path.GetFileName(path))) new ControlGroup(path).Remove();
        }
    }

    /// <summary>The parent of a group named "platform", from the text of /proc/self/cgroup; null for any other group.</summary>
    internal static string? DelegatedGroup(string? groups)
    {
        foreach (string line in (groups ?? "").Split('\n'))
        {
            if (!line.StartsWith("0::", StringComparison.Ordinal)) continue;
            if (!line.EndsWith("/" + PlatformGroup, StringComparison.Ordinal)) return null;
            string parent = line[3..^(PlatformGroup.Length + 1)];
            return parent.Length > 0 ? parent : null;
        }

        return null;
    }

    private static string NameOf(ResourceKey replica) => $"{EnginePrefix}{replica.Namespace}.{replica.Name}";
}
