using System.Globalization;
using System.Text;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Tests.PromQL.Differential;

/// <summary>
/// Half an hour of random series with resets, gaps, jitter, NaN and infinities. Values are multiples of a quarter, so that sums are
/// exact in any order.
/// </summary>
internal sealed class History
{
    public const long StartSeconds = 1_700_000_000;
    public const long LengthSeconds = 1800;

    private readonly List<(LabelSet Labels, List<Sample> Samples)> _series = [];

    public History(Random random)
    {
        foreach (string job in (string[])["a", "b", "c"])
        {
            for (int i = 0; i < 3; i++)
            {
                string instance = i.ToString(CultureInfo.InvariantCulture);
                string group = i == 0 ? "x" : "y";
                Add(random, TestStores.Labels("__name__", "c", "job", job, "instance", instance, "group", group), counter: true);
                Add(random, TestStores.Labels("__name__", "g", "job", job, "instance", instance, "group", group), counter: false);
            }

            foreach (string bound in (string[])["0.1", "1", "5", "+Inf"])
            {
                Add(random, TestStores.Labels("__name__", "h_bucket", "job", job, "instance", "0", "le", bound), counter: true);
            }
        }
    }

    public void CopyTo(HeadStore store)
    {
        foreach ((LabelSet labels, List<Sample> samples) in _series)
        {
            foreach (Sample sample in samples) store.Append(labels, sample.TimestampMs, sample.Value);
        }
    }

    public string ToOpenMetrics()
    {
        var text = new StringBuilder();
        foreach ((LabelSet labels, List<Sample> samples) in _series)
        {
            // The backfill of promtool takes no blanks between labels.
            string series = labels.ToString().Replace(", ", ",", StringComparison.Ordinal);
            foreach (Sample sample in samples)
            {
                string time = (sample.TimestampMs / 1000m).ToString(CultureInfo.InvariantCulture);
                text.Append(series).Append(' ').Append(FloatText.Format(sample.Value)).Append(' ').Append(time).Append('\n');
            }
        }

        return text.Append("# EOF\n").ToString();
    }

    private void Add(Random random, LabelSet labels, bool counter)
    {
        var samples = new List<Sample>();
        double value = random.Next(100);
        for (long at = StartSeconds * 1000; at < (StartSeconds + LengthSeconds) * 1000; at += 15_000 + random.Next(-500, 500))
        {
            if (random.Next(15) == 0) at += random.Next(400_000);
            if (counter && random.Next(30) == 0) value = 0;
            value = counter ? value + (random.Next(40) / 4.0) : random.Next(-40, 40) / 4.0;
            double special = random.Next(90) switch
            {
                0 => double.NaN,
                1 => double.PositiveInfinity,
                2 => double.NegativeInfinity,
                _ => value,
            };
            samples.Add(new Sample(at, counter ? value : special));
        }

        _series.Add((labels, samples));
    }
}
