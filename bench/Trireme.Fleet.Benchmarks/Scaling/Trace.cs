using System.Globalization;

namespace Trireme.Fleet.Benchmarks.Scaling;

/// <summary>One request of a trace.</summary>
/// <param name="At">Seconds since the first.</param>
/// <param name="Prompt">Tokens of the prompt.</param>
/// <param name="Generated">Tokens of the answer.</param>
internal readonly record struct TraceRequest(double At, int Prompt, int Generated);

/// <summary>Arrivals with token counts, as the Azure LLM inference traces of 2023 give them.</summary>
internal static class Trace
{
    /// <param name="file">CSV with the columns TIMESTAMP, ContextTokens and GeneratedTokens.</param>
    public static TraceRequest[] Read(string file)
    {
        var requests = new List<TraceRequest>();
        DateTime? first = null;
        foreach (string line in File.ReadLines(file).Skip(1))
        {
            string[] fields = line.Split(',');
            if (fields.Length < 3) continue;
            var at = DateTime.Parse(fields[0], CultureInfo.InvariantCulture);
            first ??= at;
            int generated = Math.Max(1, int.Parse(fields[2], CultureInfo.InvariantCulture));
            requests.Add(new TraceRequest(
                (at - first.Value).TotalSeconds, Math.Max(1, int.Parse(fields[1], CultureInfo.InvariantCulture)), generated));
        }

        return [.. requests.OrderBy(static request => request.At)];
    }
}
