using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>A word, number or sign of an expression.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written, keywords in lower case; of an error, the message.</param>
/// <param name="Position">Index of its first character in the expression.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Position)
{
    private const int QuotedLength = 10;

    public bool IsOperator(string text) => Kind == TokenKind.Operator && Text == text;

    public bool IsKeyword(string text) => Kind == TokenKind.Keyword && Text == text;

    /// <summary>How messages name the token, in Prometheus' words.</summary>
    public string Describe() => Kind switch
    {
        TokenKind.End => "end of input",
        TokenKind.Error => Text,
        TokenKind.Keyword when Keywords.IsAggregation(Text) => $"<aggr:{Text}>",
        TokenKind.Keyword when Keywords.IsSetOperator(Text) || Text == "atan2" => $"<op:{Text}>",
        TokenKind.Keyword => $"<{Text}>",
        TokenKind.Operator => $"<op:{Text}>",
        TokenKind.Number => "number " + Quoted(),
        TokenKind.Duration => "duration " + Quoted(),
        TokenKind.Text => "string " + Quoted(),
        TokenKind.Identifier => "identifier " + Quoted(),
        TokenKind.MetricIdentifier => "metric identifier " + Quoted(),
        _ => Quoted(),
    };

    private string Quoted() =>
        Text.Length > QuotedLength && Kind != TokenKind.Identifier
            ? TextQuoting.Quote(Text[..QuotedLength]) + "..."
            : TextQuoting.Quote(Text);
}
