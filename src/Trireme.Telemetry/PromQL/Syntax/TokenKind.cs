namespace Trireme.Telemetry.PromQL.Syntax;

internal enum TokenKind
{
    End,
    Error,
    Number,
    Duration,
    Text,
    Identifier,

    /// <summary>A name with a colon, which can only be a metric's.</summary>
    MetricIdentifier,

    /// <summary>A word of the language, such as <c>by</c>; the names of aggregations and set operators are words too.</summary>
    Keyword,
    Operator,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Comma,
    Colon,
    At,
}
