using System.Text.RegularExpressions;
using Trireme.Contracts.Validation;

namespace Trireme.Settings;

/// <summary>Reads settings from environment variables: TRIREME_ and the key, its words joined by underscores.</summary>
internal static partial class SettingsEnvironment
{
    public const string Prefix = "TRIREME_";

    /// <param name="variables">The environment.</param>
    /// <param name="folder">The folder that relative paths start at.</param>
    public static (IReadOnlyList<SettingValue> Values, IReadOnlyList<string> Problems) Read(
        IReadOnlyDictionary<string, string> variables, string folder)
    {
        Dictionary<string, Setting> known = SettingsCatalog.All.ToDictionary(setting => setting.Variable);
        var values = new List<SettingValue>();
        var problems = new List<string>();
        foreach ((string name, string text) in variables.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            // An empty variable is how a shell script leaves one unset.
            if (!name.StartsWith(Prefix, StringComparison.Ordinal) || text.Length == 0) continue;
            if (known.TryGetValue(name, out Setting? setting))
            {
                values.Add(new SettingValue { Key = setting.Key, Text = text, Origin = name, Folder = folder });
            }
            else if (LooksLikeSetting(name))
            {
                string hint = NearestName.Find(name, known.Keys) is { } nearest
                    ? $"did you mean {nearest}?"
                    : "\"trireme config explain\" lists them";
                problems.Add($"{name} is not the variable of a setting; {hint}");
            }
        }

        return (values, problems);
    }

    /// <summary>Variables outside the sections belong to others, such as TRIREME_API_KEY of the client commands.</summary>
    private static bool LooksLikeSetting(string name) => SectionVariable().IsMatch(name) && !ServiceLink().IsMatch(name);

    [GeneratedRegex("^TRIREME_(GATEWAY|API_SERVER|DASHBOARD|TELEMETRY|OPERATOR|LOG)_")]
    private static partial Regex SectionVariable();

    /// <summary>What Kubernetes puts into every Pod for a Service of a name such as trireme-gateway.</summary>
    [GeneratedRegex("_SERVICE_(HOST|PORT)|_PORT_[0-9]+_(TCP|UDP|SCTP)")]
    private static partial Regex ServiceLink();
}
