namespace Trireme.Inference.Templates.Syntax;

internal enum TokenKind
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
internal readonly record struct TemplateToken(TokenKind Kind, string Text, int Line)
{
    /// <summary>For error messages.</summary>
    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.Text => "text",
        TokenKind.String => "a string",
        _ => $"'{Text}'",
    };
}
