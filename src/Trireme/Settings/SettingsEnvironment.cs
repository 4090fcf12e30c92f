using System.Text;
using System.Text.RegularExpressions;
using Trireme.Contracts.Validation;

namespace Trireme.Settings;

/// <summary>
/// Reads settings from environment variables: TRIREME_ and the key, its words joined by underscores. Variables outside the sections
/// belong to others, such as TRIREME_API_KEY of the client commands.
/// </summary>
internal static partial class SettingsEnvironment
{
    public const string Prefix = "TRIREME_";

    /// <param name="variables">The environment.</param>
    /// <param name="folder">The folder that relative paths start at.</param>
    public static (IReadOnlyList<SettingValue> Values, IReadOnlyList<string> Problems) Read(
        IReadOnlyDictionary<string, string> variables, string folder)
    {
        Dictionary<string, string> sections = SettingsCatalog.Sections.ToDictionary(VariableOf);
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
            else if (sections.TryGetValue(name, out string? section))
            {
                string hint = $"\"trireme config explain {section}\" lists its settings";
                problems.Add($"{name} is not the variable of a setting but names a section; {hint}");
            }
            else if (sections.Keys.Any(start => name.StartsWith(start + "_", StringComparison.Ordinal)) && !ServiceLink().IsMatch(name))
            {
                string hint = NearestName.Find(name, known.Keys) is { } nearest
                    ? $"did you mean {nearest}?"
                    : "\"trireme config explain\" lists them";
                problems.Add($"{name} is not the variable of a setting; {hint}");
            }
        }

        return (values, problems);
    }

    /// <summary>The variable of a setting or a section: "TRIREME_GATEWAY_CONNECT_TIMEOUT" for "gateway.connectTimeout".</summary>
    public static string VariableOf(string key)
    {
        var name = new StringBuilder(Prefix);
        foreach (char letter in key)
        {
            if (char.IsAsciiLetterUpper(letter)) name.Append('_');
            name.Append(letter == '.' ? '_' : char.ToUpperInvariant(letter));
        }

        return name.ToString();
    }

    /// <summary>What Kubernetes puts into every Pod for a Service of a name such as trireme-gateway.</summary>
    [GeneratedRegex("_SERVICE_(HOST|PORT)|_PORT_[0-9]+_(TCP|UDP|SCTP)")]
    private static partial Regex ServiceLink();
}
