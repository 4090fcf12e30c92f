using System.Text.Json.Nodes;

namespace Trireme.Inference.Tests.Grammars;

/// <summary>Schemas of every supported kind, most of them satisfiable.</summary>
internal sealed class RandomSchema(Random random)
{
    private static readonly string[] Names = ["a", "kind", "name", "é", "with space", "quo\"te", "x1", "ab", "abc"];

    private static readonly string[] Formats =
        ["date", "time", "date-time", "uuid", "email", "ipv4", "ipv6", "hostname", "uri", "duration", "json-pointer", "regex", "byte"];

    private static readonly string[] Patterns =
    [
        "^[a-z]{2,5}$", "^(?:foo|bar)+$", "b+c", "^\\d{3}-\\d{4}$", "^[^\\d\\s]{1,4}$",
        "^$", "^[\"\\\\/]*x$", "é|ü$", "^\\w+@\\w+\\.(com|org)$",
        "^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$", "^(?=.*\\d)(?=.*[a-z])[a-z\\d]{3,6}$", "^(?!ab)[abc]{2}$",
        "^\\p{Lu}\\p{Ll}{1,3}$", "^[\\p{N}_]+$",
        "^a(?!b)[abc]d?$", "x(?=y)",
    ];

    private int _definitions;

    public string Make()
    {
        _definitions = random.Next(3);
        JsonObject root = Value(3);
        if (_definitions == 0) return root.ToJsonString();
        var definitions = new JsonObject();
        for (int i = 0; i < _definitions; i++) definitions[$"d{i}"] = i == 0 ? Tree() : Value(2);
        root["$defs"] = definitions;
        return root.ToJsonString();
    }

    /// <summary>Refers to itself where it need not.</summary>
    private JsonObject Tree() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["value"] = Scalar(),
            ["children"] = new JsonObject { ["type"] = "array", ["items"] = Reference(0) },
            ["next"] = new JsonObject { ["anyOf"] = new JsonArray(Reference(0), new JsonObject { ["type"] = "null" }) },
        },
        ["required"] = new JsonArray("value"),
        ["additionalProperties"] = false,
    };

    private static JsonObject Reference(int definition) => new() { ["$ref"] = $"#/$defs/d{definition}" };

    private JsonObject Value(int depth)
    {
        if (depth <= 0) return Scalar();
        switch (random.Next(12))
        {
            case 0 or 1 or 2: return Object(depth);
            case 3 or 4: return Array(depth);
            case 5: return new JsonObject { ["anyOf"] = new JsonArray(Value(depth - 1), Value(depth - 1), Scalar()) };
            case 6: return random.Next(2) == 0 ? Union(depth) : ByNames(depth);
            case 7: return Joined(depth);
            case 8 when _definitions > 0: return Reference(random.Next(Math.Min(_definitions, 1)));
            case 9: return new JsonObject { ["title"] = "anything" };
            case 10: return new JsonObject { ["type"] = new JsonArray("object", "string", "null") };
            default: return Scalar();
        }
    }

    private JsonObject Object(int depth)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (string name in Names.OrderBy(_ => random.Next()).Take(random.Next(5)))
        {
            properties[name] = Value(depth - 1);
            if (random.Next(2) == 0) required.Add(name);
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = required };
        if (random.Next(3) > 0) schema["additionalProperties"] = random.Next(3) == 0 ? Scalar() : JsonValue.Create(random.Next(2) == 0);
        if (random.Next(6) == 0) schema["minProperties"] = random.Next(1, Math.Max(2, properties.Count));
        if (random.Next(6) == 0) schema["maxProperties"] = random.Next(required.Count, required.Count + 3);
        if (random.Next(6) == 0) schema["patternProperties"] = new JsonObject { ["^x"] = Scalar(), ["\\d$"] = Bounded("integer") };
        if (random.Next(8) == 0) schema["propertyNames"] = new JsonObject { ["pattern"] = "^[a-zé\" ]", ["maxLength"] = 10 };
        return schema;
    }

    private JsonObject Array(int depth)
    {
        if (random.Next(5) == 0) return Distinct();
        var schema = new JsonObject { ["type"] = "array" };
        if (random.Next(2) == 0) schema["items"] = Value(depth - 1);
        if (random.Next(3) == 0) schema["prefixItems"] = new JsonArray(Scalar(), Value(depth - 1));
        if (random.Next(2) == 0) schema["minItems"] = random.Next(3);
        if (random.Next(2) == 0) schema["maxItems"] = random.Next(3, 6);
        return schema;
    }

    private JsonObject Distinct()
    {
        JsonObject items = random.Next(3) switch
        {
            0 => new JsonObject { ["enum"] = new JsonArray("a", "b", "c", 1, null, true) },
            1 => new JsonObject { ["type"] = "boolean" },
            _ => new JsonObject { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = 20, ["multipleOf"] = 3 },
        };
        var schema = new JsonObject { ["type"] = "array", ["items"] = items, ["uniqueItems"] = true };
        if (random.Next(2) == 0) schema["minItems"] = random.Next(3);
        if (random.Next(2) == 0) schema["maxItems"] = random.Next(2, 5);
        return schema;
    }

    /// <summary>Told apart by the names that each requires.</summary>
    private JsonObject ByNames(int depth)
    {
        var alternatives = new JsonArray();
        foreach (string name in new[] { "left", "right" })
        {
            alternatives.Add(new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject { [name] = Value(depth - 1), ["note"] = Scalar() },
                ["required"] = new JsonArray(name),
            });
        }

        return new JsonObject { ["oneOf"] = alternatives };
    }

    /// <summary>Told apart by a constant.</summary>
    private JsonObject Union(int depth)
    {
        var alternatives = new JsonArray();
        for (int i = 0; i < 2; i++)
        {
            JsonObject alternative = Object(depth - 1);
            alternative["properties"]!.AsObject()["kind"] = new JsonObject { ["const"] = $"kind{i}" };
            JsonArray required = alternative["required"]!.AsArray();
            if (!required.Any(name => name!.GetValue<string>() == "kind")) required.Add("kind");
            alternatives.Add(alternative);
        }

        return new JsonObject { ["oneOf"] = alternatives };
    }

    private JsonObject Joined(int depth)
    {
        JsonObject first = Object(depth), second = Object(depth);
        // Properties of both would often exclude one another.
        JsonObject others = second["properties"]!.AsObject();
        foreach (string name in first["properties"]!.AsObject().Select(property => property.Key)) others.Remove(name);
        second["required"] = new JsonArray();
        first.Remove("additionalProperties");
        second.Remove("additionalProperties");
        return new JsonObject { ["allOf"] = new JsonArray(first, second), ["description"] = "both" };
    }

    private JsonObject Scalar()
    {
        switch (random.Next(12))
        {
            case 0: return new JsonObject { ["type"] = "boolean" };
            case 1: return new JsonObject { ["type"] = "null" };
            case 2: return new JsonObject { ["enum"] = new JsonArray(1, "two", null, 3.5, new JsonArray(true), "q\"\n") };
            case 3: return new JsonObject { ["const"] = new JsonObject { ["fixed"] = new JsonArray(1, "é") } };
            case 4 or 5: return Bounded("integer");
            case 6 or 7: return Bounded("number");
            case 8: return new JsonObject { ["type"] = "string", ["pattern"] = Patterns[random.Next(Patterns.Length)] };
            case 9: return new JsonObject { ["type"] = "string", ["format"] = Formats[random.Next(Formats.Length)] };
            default: return Text();
        }
    }

    private JsonObject Bounded(string type)
    {
        var schema = new JsonObject { ["type"] = type };
        decimal low = Math.Round((decimal)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(6))), random.Next(4));
        if (random.Next(2) == 0) schema[random.Next(2) == 0 ? "minimum" : "exclusiveMinimum"] = low;
        if (random.Next(2) == 0) schema[random.Next(2) == 0 ? "maximum" : "exclusiveMaximum"] = low + 1 + random.Next(3000);
        if (random.Next(6) == 0) schema["nullable"] = true;
        if (random.Next(4) == 0) schema["multipleOf"] = random.Next(5) switch { 0 => 5, 1 => 0.25m, 2 => 0.01m, 3 => 100, _ => 7 };
        return schema;
    }

    private JsonObject Text()
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (random.Next(2) == 0) schema["minLength"] = random.Next(4);
        if (random.Next(2) == 0) schema["maxLength"] = random.Next(4, 9);
        if (random.Next(3) == 0) schema["pattern"] = "^[a-zé\"]*$";
        return schema;
    }
}
