using System.Globalization;
using System.Text.Json;
using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Tests.PromQL.Differential;

/// <summary>Compares two answers of the query API: status, error type, elements and values.</summary>
internal static class JsonDifference
{
    public static string? Of(string expected, string actual)
    {
        using JsonDocument one = JsonDocument.Parse(expected);
        using JsonDocument other = JsonDocument.Parse(actual);
        string status = one.RootElement.GetProperty("status").GetString()!;
        if (status != other.RootElement.GetProperty("status").GetString()) return $"status {status}: {Short(expected)} but {Short(actual)}";
        if (status == "error")
        {
            string type = one.RootElement.GetProperty("errorType").GetString()!;
            return type == other.RootElement.GetProperty("errorType").GetString() ? null : $"{Short(expected)} but {Short(actual)}";
        }

        Dictionary<string, double> left = Values(one.RootElement.GetProperty("data"));
        Dictionary<string, double> right = Values(other.RootElement.GetProperty("data"));
        foreach ((string key, double value) in left)
        {
            if (!right.Remove(key, out double found)) return $"no {key}: {Short(expected)} but {Short(actual)}";
            if (!AlmostEqual(value, found)) return $"{key} is {value:R} but {found:R}";
        }

        return right.Count == 0 ? null : $"not expected: {right.First().Key}";
    }

    private static Dictionary<string, double> Values(JsonElement data)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        string type = data.GetProperty("resultType").GetString()!;
        JsonElement result = data.GetProperty("result");
        if (type == "scalar") Add(values, "scalar", result);
        if (type is not ("vector" or "matrix")) return values;
        foreach (JsonElement series in result.EnumerateArray())
        {
            string labels = LabelSet.Of([.. series.GetProperty("metric").EnumerateObject()
                .Select(static label => new Label(label.Name, label.Value.GetString()!))]).ToString();
            if (type == "vector")
            {
                Add(values, labels, series.GetProperty("value"));
            }
            else
            {
                foreach (JsonElement sample in series.GetProperty("values").EnumerateArray()) Add(values, labels, sample);
            }
        }

        return values;
    }

    private static void Add(Dictionary<string, double> values, string labels, JsonElement sample)
    {
        Assert.True(FloatText.TryParse(sample[1].GetString(), out double value));
        values.Add(string.Create(CultureInfo.InvariantCulture, $"{labels} at {sample[0].GetDecimal()}"), value);
    }

    private static bool AlmostEqual(double expected, double actual)
    {
        const double RelativeTolerance = 1e-8;
        const double AbsoluteTolerance = 1e-7;
        if (expected.Equals(actual)) return true;
        double difference = Math.Abs(expected - actual);
        return difference < AbsoluteTolerance || difference / (Math.Abs(expected) + Math.Abs(actual)) < RelativeTolerance;
    }

    private static string Short(string json) => json.Length > 300 ? json[..300] + "..." : json;
}
