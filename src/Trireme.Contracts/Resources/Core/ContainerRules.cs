using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Kubernetes' rules for the containers of Pods, in its words.</summary>
internal static class ContainerRules
{
    private const string QuantityRule =
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

    private const int PortMax = 65535;

    /// <param name="containers">The containers.</param>
    /// <param name="path">Where they are.</param>
    /// <param name="isInit">Whether they run before the others.</param>
    /// <param name="names">Names that are taken; theirs are added.</param>
    /// <param name="volumes">Names of the volumes there are.</param>
    /// <param name="errors">Takes the errors.</param>
    public static void Validate(
        IReadOnlyList<PodContainer> containers,
        string path,
        bool isInit,
        HashSet<string> names,
        HashSet<string> volumes,
        FieldErrors errors)
    {
        for (int i = 0; i < containers.Count; i++)
        {
            PodContainer container = containers[i];
            string at = $"{path}[{i}]";
            errors.Label(at + ".name", container.Name);
            if (!names.Add(container.Name)) errors.Twice(at + ".name", container.Name);
            string image = container.Image ?? "";
            if (image.Length == 0) errors.Missing(at + ".image");
            else if (image.Trim() != image) errors.Wrong(at + ".image", image, "must not have leading or trailing whitespace");
            errors.OneOf(at + ".imagePullPolicy", container.ImagePullPolicy, "Always", "IfNotPresent", "Never");
            errors.OneOf(at + ".terminationMessagePolicy", container.TerminationMessagePolicy, "File", "FallbackToLogsOnError");
            if (isInit) errors.OneOf(at + ".restartPolicy", container.RestartPolicy, "Always", "OnFailure", "Never");
            ValidatePorts(container.Ports ?? [], at + ".ports", errors);
            ValidateVariables(container.Env ?? [], at + ".env", errors);
            ValidateMounts(container.VolumeMounts ?? [], at + ".volumeMounts", volumes, errors);
            if (container.Resources is { } resources) Validate(resources, at + ".resources", errors);
        }
    }

    public static void Validate(PodResources resources, string path, FieldErrors errors)
    {
        Dictionary<string, Quantity> limits = Amounts(resources.Limits, path + ".limits", errors);
        Dictionary<string, Quantity> requests = Amounts(resources.Requests, path + ".requests", errors);
        foreach (string name in limits.Keys) CheckName(name, path + ".limits", errors);
        foreach ((string name, Quantity request) in requests)
        {
            CheckName(name, path + ".requests", errors);
            bool isOver = limits.TryGetValue(name, out Quantity limit) && request > limit;
            if (isOver) errors.Wrong(path + ".requests", request.ToString(), $"must be less than or equal to {name} limit of {limit}");
            bool isExtended = !limits.ContainsKey(name) && name.Contains('/', StringComparison.Ordinal);
            if (isExtended) errors.Missing($"{path}.limits[{name}]", "Limit must be set for non overcommitable resources");
        }
    }

    /// <summary>Refuses what containers cannot have: a name without a domain is one of few.</summary>
    private static void CheckName(string name, string path, FieldErrors errors)
    {
        bool isKnown = name.Contains('/', StringComparison.Ordinal) || name is "cpu" or "memory" or "ephemeral-storage"
            || name.StartsWith("hugepages-", StringComparison.Ordinal);
        if (!isKnown) errors.Wrong($"{path}[{name}]", name, "must be a standard resource for containers");
    }

    /// <summary>Reads a map of quantities, none of which may be negative.</summary>
    public static Dictionary<string, Quantity> Amounts(
        IReadOnlyDictionary<string, string>? amounts, string path, FieldErrors errors)
    {
        var read = new Dictionary<string, Quantity>();
        foreach ((string name, string text) in amounts ?? new Dictionary<string, string>())
        {
            string at = $"{path}[{name}]";
            if (!NameRules.IsQualifiedName(name)) errors.Wrong(at, name, NameRules.QualifiedNameRule);
            if (!Quantity.TryParse(text, out Quantity amount)) errors.Wrong(at, text, QuantityRule);
            else if (amount < Quantity.Zero) errors.Wrong(at, text, "must be greater than or equal to 0");
            else read[name] = amount;
        }

        return read;
    }

    private static void ValidatePorts(IReadOnlyList<PodPort> ports, string path, FieldErrors errors)
    {
        var names = new HashSet<string>();
        for (int i = 0; i < ports.Count; i++)
        {
            string at = $"{path}[{i}]";
            errors.Between(at + ".containerPort", ports[i].ContainerPort, 1, PortMax);
            if (ports[i].HostPort is { } host and not 0) errors.Between(at + ".hostPort", host, 1, PortMax);
            errors.OneOf(at + ".protocol", ports[i].Protocol, "TCP", "UDP", "SCTP");
            if (ports[i].Name is not { Length: > 0 } name) continue;
            if (name.Length > 15) errors.Wrong(at + ".name", name, "must be no more than 15 characters");
            else errors.Label(at + ".name", name);
            if (!names.Add(name)) errors.Twice(at + ".name", name);
        }
    }

    private static void ValidateVariables(IReadOnlyList<EnvironmentVariable> variables, string path, FieldErrors errors)
    {
        for (int i = 0; i < variables.Count; i++)
        {
            string name = variables[i].Name;
            if (name.Any(static c => c is '=' or < ' ' or > '~'))
            {
                errors.Wrong($"{path}[{i}].name", name, "a valid environment variable name must consist only of printable ASCII characters "
                    + "other than '='");
            }

            if (variables[i] is { Value.Length: > 0, ValueFrom: not null })
            {
                errors.Wrong($"{path}[{i}].valueFrom", "", "may not be specified when `value` is not empty");
            }
        }
    }

    private static void ValidateMounts(IReadOnlyList<VolumeMount> mounts, string path, HashSet<string> volumes, FieldErrors errors)
    {
        for (int i = 0; i < mounts.Count; i++)
        {
            if (!volumes.Contains(mounts[i].Name)) errors.Absent($"{path}[{i}].name", mounts[i].Name);
            if (mounts[i] is { SubPath.Length: > 0, SubPathExpr.Length: > 0 })
            {
                errors.Wrong($"{path}[{i}].subPathExpr", mounts[i].SubPathExpr!, "subPathExpr and subPath are mutually exclusive");
            }
        }
    }
}
