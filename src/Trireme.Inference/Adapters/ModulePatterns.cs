using System.Text.Json;
using System.Text.RegularExpressions;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Adapters;

/// <summary>
/// Names of modules as PEFT's configuration gives them: a list of names, each of which means every module that ends in it, or one
/// regular expression for whole names.
/// </summary>
internal sealed class ModulePatterns
{
    private const int CountMax = 1 << 12;
    private const int LengthMax = 1000;

    private readonly JsonSection _json;
    private readonly string _key;
    private readonly Regex? _expression;

    private ModulePatterns(JsonSection json, string key, IReadOnlyList<string> names, Regex? expression)
    {
        _json = json;
        _key = key;
        Names = names;
        _expression = expression;
    }

    /// <summary>The names of a list; empty for an expression.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Reads a key; null when it is absent or empty.</summary>
    public static ModulePatterns? Read(JsonSection json, string key)
    {
        if (json.Find(key) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String)
        {
            string text = json.Text(key, value);
            return text.Length == 0 ? null : new ModulePatterns(json, key, [], Expression(json, key, $@"\A(?:{text})\z"));
        }

        var names = new List<string>();
        foreach (JsonElement name in json.List(key, CountMax)) names.Add(json.Text(key, name));
        return names.Count == 0 ? null : new ModulePatterns(json, key, names, expression: null);
    }

    /// <summary>An expression for the end of names, as the keys of rank_pattern are.</summary>
    public static ModulePatterns Suffix(JsonSection json, string key, string text) =>
        new(json, key, [], Expression(json, key, $@"\A(?:.*\.)?(?:{text})\z"));

    public bool Match(string module)
    {
        if (_expression is null) return Names.Any(name => IsNamed(module, name));
        try
        {
            return FilePattern.IsMatch(_expression, module);
        }
        catch (RegexMatchTimeoutException)
        {
            throw _json.Problem(_key, "holds an expression that takes too long to match; write a simpler one.");
        }
    }

    /// <summary>Whether a name of the list means the module.</summary>
    public static bool IsNamed(string module, string name) =>
        module.EndsWith(name, StringComparison.Ordinal)
        && (module.Length == name.Length || module[module.Length - name.Length - 1] == '.');

    private static Regex Expression(JsonSection json, string key, string pattern)
    {
        if (pattern.Length > LengthMax) throw json.Problem(key, $"holds an expression of more than {LengthMax} characters.");
        try
        {
            return FilePattern.Read(pattern);
        }
        catch (ArgumentException exception)
        {
            throw json.Problem(key, $"holds an expression that cannot be read: {exception.Message}");
        }
    }
}
