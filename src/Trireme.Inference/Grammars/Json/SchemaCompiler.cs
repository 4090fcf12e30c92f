using System.Text;
using System.Text.Json.Nodes;

namespace Trireme.Inference.Grammars.Json;

/// <summary>
/// Turns a JSON schema into a grammar whose every text is a document the schema allows. Not every such document is one of its texts:
/// properties come in the order of their declaration, objects hold undeclared ones only where additionalProperties says so, and
/// space and digits are bounded.
/// </summary>
internal sealed class SchemaCompiler
{
    private const int RulesMax = 10_000;
    private const int KeyLengthMax = 16 << 20;

    private readonly SchemaDocument _document;
    private readonly SchemaWork _work;
    private readonly SchemaMerge _merge;
    private readonly SchemaFlattener _flattener;
    private readonly SchemaOverlap _overlap;
    private readonly GrammarBuilder _builder;
    private readonly JsonRules _json;
    private readonly ObjectRules _objects;
    private readonly ArrayRules _arrays;
    private readonly StringRules _strings;
    private readonly Dictionary<string, int> _rules = new(StringComparer.Ordinal);
    private readonly Queue<(int Rule, JsonNode? Schema, string Path)> _open = new();
    private int _keyLength;

    private SchemaCompiler(SchemaDocument document, JsonRules json, SchemaWork work)
    {
        _document = document;
        _work = work;
        _json = json;
        _builder = json.Builder;
        _merge = new SchemaMerge(work);
        _flattener = new SchemaFlattener(document, _merge, work);
        _overlap = new SchemaOverlap(_flattener, _merge, work);
        _objects = new ObjectRules(_json, RuleFor, new PropertyNames(_json, _flattener, _merge, work));
        _arrays = new ArrayRules(_json, RuleFor, new FewValues(_flattener, work));
        _strings = new StringRules(_json, work);
    }

    /// <summary>Adds the rules of a schema to a grammar and returns the one that is a whole document.</summary>
    /// <exception cref="GrammarException">The schema is malformed, or limits values in a way this engine cannot keep.</exception>
    public static int AddTo(JsonRules json, string schema, SchemaWork work)
    {
        try
        {
            return new SchemaCompiler(SchemaDocument.Parse(schema), json, work).Run();
        }
        catch (InvalidOperationException)
        {
            // What System.Text.Json says about a string with half a surrogate pair.
            throw new GrammarException("The schema holds a string that is no valid Unicode text.");
        }
    }

    private int Run()
    {
        int start = RuleFor(_document.Root, "#");
        while (_open.TryDequeue(out (int Rule, JsonNode? Schema, string Path) next)) Fill(next.Rule, next.Schema, next.Path);
        return start;
    }

    /// <summary>The rule of a schema. Equal schemas share one, which is also what makes recursion end.</summary>
    private int RuleFor(JsonNode? schema, string path)
    {
        string key = _work.Text(schema, "the schema", path);
        if (_rules.TryGetValue(key, out int rule)) return rule;
        _keyLength += key.Length;
        if (_rules.Count >= RulesMax || _keyLength > KeyLengthMax)
        {
            throw new GrammarException($"The schema is too complex: at {path} it needs more than {RulesMax} rules.");
        }

        rule = _builder.AddRule();
        _rules.Add(key, rule);
        _open.Enqueue((rule, schema, path));
        return rule;
    }

    private void Fill(int rule, JsonNode? schema, string path)
    {
        (int entry, int exit) = _builder.Ends(rule);
        if (_flattener.Flatten(schema, path) is not { } flat) return;
        if (SchemaValues.String(flat, "$ref", path) is { } reference)
        {
            _builder.Call(entry, RuleFor(_document.Resolve(reference, path), reference), exit);
        }
        else if (flat.ContainsKey("anyOf"))
        {
            FillAlternatives(entry, exit, flat, "anyOf", path);
        }
        else if (flat.ContainsKey("oneOf"))
        {
            CheckDisjoint(flat, path);
            FillAlternatives(entry, exit, flat, "oneOf", path);
        }
        else if (flat.ContainsKey("enum"))
        {
            FillEnumeration(entry, exit, flat, path);
        }
        else
        {
            FillTypes(entry, exit, flat, path);
        }
    }

    private void FillAlternatives(int entry, int exit, JsonObject schema, string keyword, string path)
    {
        JsonArray alternatives = SchemaValues.List(schema, keyword, path);
        if (alternatives.Count == 0) throw SchemaValues.Wrong(path, keyword, "a list with at least one schema");
        var rest = (JsonObject)_work.Clone(schema, keyword, path)!;
        rest.Remove(keyword);
        for (int i = 0; i < alternatives.Count; i++)
        {
            JsonNode? alternative = rest.Count == 0 ? alternatives[i] : _merge.Conjunction(rest, alternatives[i], keyword, path);
            _builder.Call(entry, RuleFor(alternative, $"{path}/{keyword}/{i}"), exit);
        }
    }

    private void CheckDisjoint(JsonObject schema, string path)
    {
        JsonArray alternatives = SchemaValues.List(schema, "oneOf", path);
        var rest = (JsonObject)_work.Clone(schema, "oneOf", path)!;
        rest.Remove("oneOf");
        for (int i = 0; i < alternatives.Count; i++)
        {
            JsonNode? written = rest.Count == 0 ? alternatives[i] : _merge.Conjunction(rest, alternatives[i], "oneOf", path);
            for (int j = 0; j < alternatives.Count; j++)
            {
                if (i == j || _overlap.Excludes(written, alternatives[j], path)) continue;
                throw new GrammarException(
                    $"oneOf at {path} is supported only where no document can satisfy two of its schemas, which {Math.Min(i, j)} and "
                    + $"{Math.Max(i, j)} might. Give them different types, required properties that the other does not declare, or a "
                    + "property with different constants, or write anyOf.");
            }
        }
    }

    private void FillEnumeration(int entry, int exit, JsonObject schema, string path)
    {
        List<string>? types = SchemaValues.Types(schema, path);
        foreach ((string keyword, _) in schema)
        {
            if (keyword is "enum" or "type") continue;
            throw new GrammarException(
                $"{keyword} at {path} beside enum or const is not supported; leave out the values it excludes instead.");
        }

        var texts = new List<byte[]>();
        foreach (JsonNode? value in SchemaValues.List(schema, "enum", path))
        {
            if (types is null || SchemaValues.IsOfType(value, types)) texts.Add(Encoding.UTF8.GetBytes(SchemaDocument.Text(value)));
        }

        LiteralTree.Add(_builder, texts, entry, exit);
    }

    private void FillTypes(int entry, int exit, JsonObject schema, string path)
    {
        List<string> types = SchemaValues.Types(schema, path) ?? SchemaKeywords.ImpliedTypes(schema);
        if (types.Count == 0) _builder.Call(entry, _json.Value, exit);
        foreach (string type in types)
        {
            switch (type)
            {
                case "null":
                    _builder.Literal(entry, "null"u8, exit);
                    break;
                case "boolean":
                    _builder.Literal(entry, "true"u8, exit);
                    _builder.Literal(entry, "false"u8, exit);
                    break;
                case "integer" or "number":
                    NumberRules.Add(_json, _work, entry, exit, schema, type, path);
                    break;
                case "string":
                    _strings.Add(entry, exit, schema, path);
                    break;
                case "array":
                    _arrays.Add(entry, exit, schema, path);
                    break;
                default:
                    _objects.Add(entry, exit, schema, path);
                    break;
            }
        }
    }
}
