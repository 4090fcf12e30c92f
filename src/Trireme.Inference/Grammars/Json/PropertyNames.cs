using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Json;

/// <summary>The names of undeclared properties: patternProperties, propertyNames, and what is left of all names.</summary>
internal sealed class PropertyNames(JsonRules json, SchemaFlattener flattener, SchemaMerge merge, SchemaWork work)
{
    /// <summary>Each more doubles the kinds of names.</summary>
    private const int PatternsMax = 6;

    private readonly GrammarBuilder _builder = json.Builder;

    /// <exception cref="GrammarException">The names are limited in a way this engine cannot keep.</exception>
    public NameRules Read(JsonObject schema, string path)
    {
        JsonObject declared = SchemaValues.Object(schema, "patternProperties", path);
        if (declared.Count > PatternsMax) throw SchemaValues.Wrong(path, "patternProperties", $"at most {PatternsMax} patterns");
        var patterns = new List<NamePattern>();
        foreach ((string expression, JsonNode? value) in declared)
        {
            string place = $"{path}/patternProperties/{expression}";
            Pattern pattern = PatternParser.ParseAnywhere(expression, $"The pattern at {place}");
            patterns.Add(new NamePattern(Explored(pattern, "patternProperties", path), value, place));
        }

        bool isLimited = schema.TryGetPropertyValue("propertyNames", out JsonNode? limit);
        return new NameRules(isLimited ? Allowed(limit, $"{path}/propertyNames") : null, patterns, merge, work);
    }

    private Automaton Explored(Pattern pattern, string keyword, string path)
    {
        var automaton = Automaton.Of(pattern);
        work.Explore(automaton.Cost, keyword, path);
        return automaton;
    }

    /// <summary>The rule of an undeclared property.</summary>
    public int MemberRule(NamedRest kind, IReadOnlyList<string> declared, int value)
    {
        int rule = _builder.AddRule();
        (int entry, int exit) = _builder.Ends(rule);
        int inside = _builder.AddNode(), close = _builder.AddNode(), colon = _builder.AddNode(), start = _builder.AddNode();
        _builder.Bytes(entry, (byte)'"', (byte)'"', inside);
        if (kind.Names is { } automaton)
        {
            automaton.Emit(_builder, JsonCharacters.Instance, inside, close);
            _builder.Bytes(close, (byte)'"', (byte)'"', colon);
        }
        else
        {
            List<int[]> known = [.. declared.Distinct().Select(name => name.EnumerateRunes().Select(rune => rune.Value).ToArray())];
            OtherName(known, 0, inside, colon);
        }

        json.Separator(colon, ':', start);
        _builder.Call(start, value, exit);
        return rule;
    }

    /// <summary>
    /// Names other than the declared ones, written without escapes so that one name has one spelling: follows the declared names as a
    /// tree and leaves it anywhere but at their ends.
    /// </summary>
    private void OtherName(List<int[]> declared, int depth, int from, int to)
    {
        List<IGrouping<int, int[]>> branches = [.. declared.Where(name => name.Length > depth).GroupBy(name => name[depth])];
        var taken = CharacterSet.Of([.. branches.Select(static branch => new CharacterRange(branch.Key))]);
        CharacterSet others = JsonCharacters.Unescaped.Except(taken);
        foreach (IGrouping<int, int[]> branch in branches)
        {
            CharacterSet only = CharacterSet.Of(new CharacterRange(branch.Key));
            int next = _builder.AddNode();
            JsonCharacters.Instance.Encode(_builder, only.Intersect(JsonCharacters.Unescaped), from, next);
            OtherName([.. branch], depth + 1, next, to);
        }

        int free = _builder.AddNode();
        Utf8Encoder.Instance.Encode(_builder, others, from, free);
        Utf8Encoder.Instance.Encode(_builder, JsonCharacters.Unescaped, free, free);
        _builder.Bytes(free, (byte)'"', (byte)'"', to);
        bool isDeclared = declared.Any(name => name.Length == depth);
        if (!isDeclared) _builder.Bytes(from, (byte)'"', (byte)'"', to);
    }

    /// <summary>The names that a schema of names allows; null for all.</summary>
    private Automaton? Allowed(JsonNode? schema, string path)
    {
        if (flattener.Expand(schema, path) is not { } flat || !SchemaValues.IsOfType("", SchemaValues.Types(flat, path) ?? ["string"]))
        {
            return Automaton.Of(Pattern.Any());
        }

        foreach ((string keyword, _) in flat)
        {
            if (keyword is "type" or "enum" or "pattern" or "minLength" or "maxLength" or "format") continue;
            throw new GrammarException($"The keyword '{keyword}' at {path} is not supported for names of properties.");
        }

        Pattern? names = flat["enum"] is JsonArray values
            ? Pattern.Any([.. values.Where(static value => value?.GetValueKind() == JsonValueKind.String)
                .Select(static value => Pattern.Text(value!.GetValue<string>()))])
            : null;
        Pattern? pattern = StringRules.PatternOf(flat, path);
        if (pattern is not null) names = names is null ? pattern : Pattern.Both(names, pattern);
        int minimum = SchemaValues.Count(flat, "minLength", path) ?? 0;
        int? maximum = SchemaValues.Count(flat, "maxLength", path);
        if (minimum > 0 || maximum is not null)
        {
            if (maximum < minimum) return Automaton.Of(Pattern.Any());
            Pattern length = Pattern.Repeat(new SetPattern(CharacterSet.All), minimum, maximum);
            names = names is null ? length : Pattern.Both(names, length);
        }

        return names is null ? null : Explored(names, "propertyNames", path);
    }
}

/// <summary>A pattern of names and the schema of their values.</summary>
internal sealed record NamePattern(Automaton Names, JsonNode? Schema, string Path);

/// <summary>Undeclared properties of one kind.</summary>
/// <param name="Names">Their names; null for all that are not declared.</param>
/// <param name="Schema">Their values.</param>
/// <param name="Path">Where the schema is.</param>
internal sealed record NamedRest(Automaton? Names, JsonNode? Schema, string Path);

/// <summary>What the names of an object's properties say about them.</summary>
/// <param name="allowed">The names there may be; null for all.</param>
/// <param name="patterns">Schemas by name.</param>
/// <param name="merge">Joins the schemas of one name.</param>
/// <param name="work">Counts what names and patterns cost together.</param>
internal sealed class NameRules(Automaton? allowed, List<NamePattern> patterns, SchemaMerge merge, SchemaWork work)
{
    public bool AllowsAll => allowed is null;

    public bool Allows(string name) => allowed?.Matches(name) != false;

    public bool Matches(string name) => patterns.Exists(pattern => pattern.Names.Matches(name));

    /// <summary>The schema of a property of a known name: its own and those of the patterns that match the name.</summary>
    public JsonNode? Join(string name, JsonNode? schema, string path)
    {
        foreach (NamePattern pattern in patterns)
        {
            if (pattern.Names.Matches(name)) schema = merge.Conjunction(schema, pattern.Schema, "patternProperties", path);
        }

        return schema;
    }

    /// <summary>The kinds of undeclared properties: one for each set of patterns that some names match and no others.</summary>
    public IEnumerable<NamedRest> Undeclared(string[] declared, JsonNode? rest, string path)
    {
        if (patterns.Count == 0 && allowed is null)
        {
            if (rest is not null) yield return new NamedRest(null, rest, $"{path}/additionalProperties");
            yield break;
        }

        Automaton all = allowed ?? Automaton.Of(Pattern.Repeat(new SetPattern(CharacterSet.All), 0, null));
        all = all.Except(Automaton.Of(Pattern.Any([.. declared.Select(Pattern.Text)])));
        work.Explore(all.Cost, "properties", path);
        for (int chosen = 0; chosen < 1 << patterns.Count; chosen++)
        {
            JsonNode? schema = chosen == 0 ? rest : JsonValue.Create(true);
            if (chosen == 0 && rest is null) continue;
            Automaton names = all;
            long cost = all.Cost;
            string place = $"{path}/additionalProperties";
            for (int i = 0; i < patterns.Count; i++)
            {
                bool isChosen = (chosen >> i & 1) != 0;
                names = isChosen ? names.Intersect(patterns[i].Names) : names.Except(patterns[i].Names);
                work.Explore(names.Cost - cost - patterns[i].Names.Cost, "patternProperties", path);
                cost = names.Cost;
                if (!isChosen) continue;
                schema = merge.Conjunction(schema, patterns[i].Schema, "patternProperties", path);
                place = patterns[i].Path;
            }

            if (!names.IsEmpty) yield return new NamedRest(names, schema, place);
        }
    }
}
