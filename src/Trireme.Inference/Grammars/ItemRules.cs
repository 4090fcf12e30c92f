using System.Text;
using Trireme.Inference.Generation;
using Trireme.Inference.Grammars.Json;

namespace Trireme.Inference.Grammars;

/// <summary>Documents with fixed texts around and between them.</summary>
internal static class ItemRules
{
    private const int CountLimit = 1_000;

    /// <summary>Adds them to a grammar and returns the rule that is the whole text.</summary>
    /// <exception cref="GrammarException">A schema is malformed or cannot be kept; the message starts with its item's name.</exception>
    public static int AddTo(GrammarBuilder builder, ConstraintItems form, SchemaWork work)
    {
        if (form.Items.Count == 0 || form.CountMax is < 1 or > CountLimit)
        {
            throw new GrammarException($"Items need at least one kind and a count from 1 to {CountLimit}.");
        }

        int item = AddItem(builder, form.Items, work);
        int start = builder.AddRule();
        (int entry, int exit) = builder.Ends(start);
        int begin = entry, end = exit;
        if (form.Trigger is { } trigger)
        {
            (begin, end) = (builder.AddNode(), builder.AddNode());
            FreeText.Add(builder, Encoding.UTF8.GetBytes(trigger), end, exit, begin);
            builder.Empty(entry, end);
        }

        int before = builder.AddNode();
        builder.Literal(begin, Encoding.UTF8.GetBytes(form.Lead), before);
        for (int left = form.CountMax; left > 0; left--)
        {
            int after = builder.AddNode();
            builder.Call(before, item, after);
            builder.Literal(after, Encoding.UTF8.GetBytes(form.Tail), end);
            if (left == 1) break;
            before = builder.AddNode();
            builder.Literal(after, Encoding.UTF8.GetBytes(form.Separator), before);
        }

        return start;
    }

    private static int AddItem(GrammarBuilder builder, IReadOnlyList<ConstraintItem> items, SchemaWork work)
    {
        // What JSON itself consists of is the same in all of them.
        var json = new JsonRules(builder);
        int rule = builder.AddRule();
        (int entry, int exit) = builder.Ends(rule);
        foreach (ConstraintItem item in items)
        {
            int before = builder.AddNode(), after = builder.AddNode();
            builder.Literal(entry, Encoding.UTF8.GetBytes(item.Before), before);
            builder.Call(before, Compile(json, item, work), after);
            builder.Literal(after, Encoding.UTF8.GetBytes(item.After), exit);
        }

        return rule;
    }

    private static int Compile(JsonRules json, ConstraintItem item, SchemaWork work)
    {
        try
        {
            return SchemaCompiler.AddTo(json, item.Schema, work);
        }
        catch (GrammarException exception)
        {
            throw new GrammarException($"{item.Name}: {exception.Message}");
        }
    }
}
