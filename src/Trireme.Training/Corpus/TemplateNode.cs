namespace Trireme.Training.Corpus;

/// <summary>A part of a sentence template.</summary>
internal abstract record TemplateNode;

/// <summary>Text that stands for itself.</summary>
internal sealed record LiteralNode(string Text) : TemplateNode;

/// <summary>{variable:table(column=other.column).column}: a word; the first use of a variable draws its row.</summary>
internal sealed record WordNode(string Variable, string? Table, RowCondition? Condition, string? Column, bool Capital) : TemplateNode;

/// <summary>{-variable}: no text, but the variable is drawn anew at its next use.</summary>
internal sealed record ForgetNode(string Variable) : TemplateNode;

/// <summary>[one|two|three]: one of several texts.</summary>
internal sealed record ChoiceNode(IReadOnlyList<IReadOnlyList<TemplateNode>> Options) : TemplateNode;

/// <summary>&lt;rule&gt;: one alternative of a rule, with the variables of this text.</summary>
internal sealed record RuleNode(string Rule) : TemplateNode;

/// <summary>
/// Which rows may be drawn: (column) those that have the column, (column=value) those that have this value, and
/// (column=variable.column) those that agree with another variable. "any", on either side, agrees with everything.
/// </summary>
internal sealed record RowCondition(string Column, string? Value, string? OtherVariable, string? OtherColumn);
