using System.Globalization;
using System.Text;

namespace Trireme.Contracts.Metrics;

/// <summary>Prometheus' text exposition format.</summary>
internal sealed class MetricTextWriter : IMetricVisitor
{
    private readonly StringBuilder _text = new();

    public void Metric(string name, string help, string type)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(Escape(help, quotes: false)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    public void Sample(string name, IReadOnlyList<string> labelNames, string[] labelValues, double value, string? bucketBound)
    {
        _text.Append(name);
        if (labelNames.Count > 0 || bucketBound is not null)
        {
            _text.Append('{');
            for (int i = 0; i < labelNames.Count; i++) Label(labelNames[i], labelValues[i], first: i == 0);
            if (bucketBound is not null) Label("le", bucketBound, first: labelNames.Count == 0);
            _text.Append('}');
        }

        _text.Append(' ').Append(Format(value)).Append('\n');
    }

    public static string Format(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    public override string ToString() => _text.ToString();

    private void Label(string name, string value, bool first)
    {
        if (!first) _text.Append(',');
        _text.Append(name).Append("=\"").Append(Escape(value, quotes: true)).Append('"');
    }

    private static string Escape(string text, bool quotes)
    {
        if (text.AsSpan().IndexOfAny('\\', '\n', '"') < 0) return text;
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }
}
