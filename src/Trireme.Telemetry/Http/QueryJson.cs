using System.Text.Json;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Queries;

namespace Trireme.Telemetry.Http;

/// <summary>Values of queries in Prometheus' JSON: a sample is a pair of Unix seconds and the value as text.</summary>
internal static class QueryJson
{
    public static string TypeName(QueryValue value) => value switch
    {
        VectorValue => "vector",
        MatrixValue => "matrix",
        ScalarValue => "scalar",
        _ => "string",
    };

    public static void Write(Utf8JsonWriter json, VectorSample element)
    {
        json.WriteStartObject();
        json.WritePropertyName("metric");
        Write(json, element.Labels);
        json.WritePropertyName("value");
        Write(json, element.Sample);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, MatrixSeries series)
    {
        json.WriteStartObject();
        json.WritePropertyName("metric");
        Write(json, series.Labels);
        json.WriteStartArray("values");
        foreach (Sample sample in series.Samples) Write(json, sample);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, Sample sample)
    {
        json.WriteStartArray();
        json.WriteNumberValue(sample.TimestampMs / 1000m);
        json.WriteStringValue(FloatText.Format(sample.Value));
        json.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter json, StringValue text)
    {
        json.WriteStartArray();
        json.WriteNumberValue(text.TimestampMs / 1000m);
        json.WriteStringValue(text.Text);
        json.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter json, LabelSet labels)
    {
        json.WriteStartObject();
        foreach (Label label in labels.Labels) json.WriteString(label.Name, label.Value);
        json.WriteEndObject();
    }
}
