namespace Trireme.Inference.Templates.Syntax;

internal enum TemplateTokenKind
{
    /// <summary>Literal text between tags, white space already controlled.</summary>
    Text,

    /// <summary>{{</summary>
    OutputBegin,

    /// <summary>}}</summary>
    OutputEnd,

    /// <summary>{%</summary>
    BlockBegin,

    /// <summary>%}</summary>
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>One token; Line is one-based.</summary>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Text, int Line)
{
    /// <summary>For error messages.</summary>
    public override string ToString() => Kind switch
    {
        TemplateTokenKind.End => "the end of the template",
        TemplateTokenKind.Text => "text",
        TemplateTokenKind.String => "a string",
        _ => $"'{Text}'",
    };
}
