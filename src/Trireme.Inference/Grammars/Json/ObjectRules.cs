using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Inference.Grammars.Json;

/// <summary>
/// Objects of a schema: the declared properties in their order, each left out where it may be, then undeclared ones where
/// additionalProperties or patternProperties allow them. Without anything declared and without additionalProperties, any object.
/// </summary>
/// <param name="json">The rules of JSON.</param>
/// <param name="ruleFor">The rule of a schema at a place.</param>
/// <param name="names">Tells which names the other keywords of an object allow.</param>
internal sealed class ObjectRules(JsonRules json, Func<JsonNode?, string, int> ruleFor, PropertyNames names)
{
    private const int NameLengthMax = 1_000;

    /// <summary>A larger object would need a state per property.</summary>
    private const int CountMax = 10_000;

    /// <summary>Undeclared properties that are counted one by one under a maximum; a larger one is lowered to this.</summary>
    private const int UndeclaredMax = 100;

    private readonly GrammarBuilder _builder = json.Builder;

    public void Add(int from, int to, JsonObject schema, string path)
    {
        int minimum = SchemaValues.Least(schema, "minProperties", CountMax, path);
        int? maximum = SchemaValues.Count(schema, "maxProperties", path);
        NameRules nameRules = names.Read(schema, path);
        JsonNode? rest = RestOf(schema);
        bool isAny = rest is null && json.Style.DisableAdditionalProperties is false && DeclaresNothing(schema);
        if (isAny && minimum == 0 && maximum is null && nameRules.AllowsAll)
        {
            _builder.Call(from, json.Object, to);
            return;
        }

        if (isAny) rest = JsonValue.Create(true);
        if (ReadMembers(schema, nameRules, rest, path) is not { } members) return;
        List<int> undeclared = UndeclaredMembers(members, nameRules, rest, path);
        CheckMinimum(minimum, maximum, members.Count, undeclared.Count > 0, path);
        if (maximum < minimum) return;

        // nodes[n] is where n properties were written; the last one stands for more where nothing limits their number.
        int cap = maximum is { } most ? Math.Min(most, members.Count + UndeclaredMax) : Math.Max(minimum, 1);
        int[] nodes = [.. Enumerable.Range(0, cap + 1).Select(_ => _builder.AddNode())];
        json.Open(from, '{', '}', nodes[0], closed: CanBeEmpty(members) && minimum == 0 ? to : null);
        foreach (Member member in members) nodes = AddMember(nodes, member, isLimited: maximum is not null);
        for (int count = Math.Max(minimum, 1); count < nodes.Length; count++) json.Close(nodes[count], '}', to);
        AddUndeclared(nodes, to, undeclared, minimum, maximum is not null);
    }

    private static bool CanBeEmpty(List<Member> members) => members.TrueForAll(static member => !member.IsRequired);

    /// <summary>The schema of undeclared properties; null where there are none.</summary>
    private static JsonNode? RestOf(JsonObject schema) =>
        schema.TryGetPropertyValue("additionalProperties", out JsonNode? rest) && !IsFalse(rest) ? rest : null;

    private static bool DeclaresNothing(JsonObject schema)
    {
        foreach (string keyword in new[] { "properties", "required", "patternProperties" })
        {
            if (schema[keyword] is JsonObject { Count: > 0 } or JsonArray { Count: > 0 }) return false;
        }

        return !schema.ContainsKey("additionalProperties");
    }

    /// <summary>The properties of known names, in order; null where one is required that may not be.</summary>
    private static List<Member>? ReadMembers(JsonObject schema, NameRules nameRules, JsonNode? rest, string path)
    {
        JsonObject properties = SchemaValues.Object(schema, "properties", path);
        HashSet<string> required = [.. SchemaValues.Names(schema, "required", path)];
        var members = new List<Member>();
        foreach ((string name, JsonNode? declared) in properties)
        {
            bool isRequired = required.Contains(name);
            if (!nameRules.Allows(name))
            {
                if (isRequired) return null;
                continue;
            }

            members.Add(new Member(name, nameRules.Join(name, declared, path), isRequired, $"{path}/properties/{name}"));
        }

        foreach (string name in required)
        {
            if (properties.ContainsKey(name)) continue;
            // Nothing says what its value is but patterns of its name, or what is said of all undeclared ones.
            bool isNamed = nameRules.Matches(name);
            if (!nameRules.Allows(name) || (!isNamed && IsFalse(schema["additionalProperties"]))) return null;
            JsonNode? value = nameRules.Join(name, isNamed || rest is null ? JsonValue.Create(true) : rest, path);
            members.Add(new Member(name, value, IsRequired: true, $"{path}/required/{name}"));
        }

        foreach (Member member in members)
        {
            if (member.Name.Length <= NameLengthMax) continue;
            throw SchemaValues.Wrong(path, "properties", $"names of at most {NameLengthMax} characters");
        }

        return members;
    }

    private List<int> UndeclaredMembers(List<Member> members, NameRules nameRules, JsonNode? rest, string path)
    {
        string[] declared = [.. members.Select(static member => member.Name)];
        var rules = new List<int>();
        foreach (NamedRest kind in nameRules.Undeclared(declared, rest, path))
        {
            int value = ruleFor(kind.Schema, kind.Path);
            rules.Add(names.MemberRule(kind, declared, value));
        }

        return rules;
    }

    private static void CheckMinimum(int minimum, int? maximum, int declared, bool hasUndeclared, string path)
    {
        // Undeclared names may repeat, so that only the first of them is sure to be one more property.
        int sure = declared + (hasUndeclared ? 1 : 0);
        if (minimum <= sure || maximum < minimum) return;
        string reach = hasUndeclared
            ? $"at most {sure} can be kept here, because the names of undeclared ones may repeat; declare more, or lower it"
            : $"{sure} are declared and additionalProperties does not say that there are others";
        throw new GrammarException($"minProperties at {path} asks for {minimum} properties: {reach}.");
    }

    private int[] AddMember(int[] nodes, Member member, bool isLimited)
    {
        int value = ruleFor(member.Schema, member.Path);
        int rule = MemberRule(member.Name, value);
        int[] next = [.. nodes.Select(_ => _builder.AddNode())];
        for (int count = 0; count < nodes.Length; count++)
        {
            if (!member.IsRequired) _builder.Empty(nodes[count], next[count]);
            bool isFull = count == nodes.Length - 1;
            if (isFull && isLimited) continue;
            _builder.Call(AfterComma(nodes[count], count > 0), rule, next[isFull ? count : count + 1]);
        }

        return next;
    }

    /// <summary>Adds undeclared properties. For a minimum they count once, for a maximum each time.</summary>
    private void AddUndeclared(int[] nodes, int to, List<int> rules, int minimum, bool isLimited)
    {
        if (rules.Count == 0) return;
        for (int count = 0; count < nodes.Length; count++)
        {
            int node = nodes[count];
            int places = isLimited ? nodes.Length - 1 - count : 1;
            for (int place = 0; place < places; place++)
            {
                int next = _builder.AddNode(), from = AfterComma(node, count + place > 0);
                foreach (int rule in rules) _builder.Call(from, rule, next);
                if (count + 1 >= minimum) json.Close(next, '}', to);
                node = next;
            }

            if (isLimited) continue;
            int more = AfterComma(node, isNeeded: true);
            foreach (int rule in rules) _builder.Call(more, rule, node);
        }
    }

    private int AfterComma(int node, bool isNeeded)
    {
        if (!isNeeded) return node;
        int after = _builder.AddNode();
        json.Separator(node, ',', after);
        return after;
    }

    private int MemberRule(string name, int value)
    {
        int rule = _builder.AddRule();
        (int entry, int exit) = _builder.Ends(rule);
        int colon = _builder.AddNode(), start = _builder.AddNode();
        _builder.Literal(entry, Encoding.UTF8.GetBytes(SchemaDocument.Text(JsonValue.Create(name))), colon);
        json.Separator(colon, ':', start);
        _builder.Call(start, value, exit);
        return rule;
    }

    private static bool IsFalse(JsonNode? node) => node?.GetValueKind() == JsonValueKind.False;

    /// <summary>A property of a known name.</summary>
    private sealed record Member(string Name, JsonNode? Schema, bool IsRequired, string Path);
}
