using System.Globalization;

namespace Trireme.Inference.Generation;

/// <summary>What an answer must look like.</summary>
public enum OutputConstraintKind
{
    /// <summary>Any JSON object.</summary>
    JsonObject,

    /// <summary>A JSON document that a schema allows.</summary>
    JsonSchema,

    /// <summary>A text that a regular expression matches as a whole.</summary>
    Regex,

    /// <summary>One of several texts.</summary>
    Choice,

    /// <summary>Documents with fixed texts around them.</summary>
    Items,

    /// <summary>A text of a grammar in Backus-Naur form, as llama.cpp and XGrammar write it, or in Lark's.</summary>
    Grammar,

    /// <summary>What either of two other constraints asks for.</summary>
    Either,
}

/// <summary>
/// A form that every answer keeps, also one that ends at its token limit: tokens that leave the form, or that leave too few tokens to
/// complete it, are not chosen. docs/structured-output.md says what is understood.
/// </summary>
public sealed record OutputConstraint
{
    private OutputConstraint(OutputConstraintKind kind, IReadOnlyList<string> texts) => (Kind, Texts) = (kind, texts);

    public static OutputConstraint JsonObject { get; } = new(OutputConstraintKind.JsonObject, []);

    public OutputConstraintKind Kind { get; }

    /// <summary>The schema or the expression, or the texts to choose from; of items every text and schema in order.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>The items; null for another kind.</summary>
    public ConstraintItems? Form { get; private init; }

    /// <summary>The constraints to choose from; none for another kind.</summary>
    public IReadOnlyList<OutputConstraint> Parts { get; private init; } = [];

    /// <summary>How a document of JSON is spaced and what it may hold beyond its schema.</summary>
    public JsonStyle Style { get; private init; } = JsonStyle.Default;

    public static OutputConstraint JsonSchema(string schema) => new(OutputConstraintKind.JsonSchema, [schema]);

    public static OutputConstraint Grammar(string text) => new(OutputConstraintKind.Grammar, [text]);

    public static OutputConstraint Either(OutputConstraint first, OutputConstraint second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return new OutputConstraint(OutputConstraintKind.Either, []) { Parts = [first, second] };
    }

    /// <summary>The same constraint with JSON in another style.</summary>
    public OutputConstraint With(JsonStyle style) => this with { Style = style };

    public static OutputConstraint Regex(string expression) => new(OutputConstraintKind.Regex, [expression]);

    public static OutputConstraint Choice(IReadOnlyList<string> texts) => new(OutputConstraintKind.Choice, texts);

    public static OutputConstraint Items(ConstraintItems form)
    {
        ArgumentNullException.ThrowIfNull(form);
        string count = form.CountMax.ToString(CultureInfo.InvariantCulture);
        List<string> texts = [form.Trigger ?? "", form.Lead, form.Separator, form.Tail, count];
        foreach (ConstraintItem item in form.Items) texts.AddRange(item.Before, item.Schema, item.After);
        return new OutputConstraint(OutputConstraintKind.Items, texts) { Form = form };
    }
}
