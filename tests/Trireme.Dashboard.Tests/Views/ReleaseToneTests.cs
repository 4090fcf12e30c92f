using System.Globalization;
using System.Text.RegularExpressions;
using CsCheck;
using Trireme.Contracts.Resources;
using Trireme.Dashboard.Views;
using Trireme.Testing;

namespace Trireme.Dashboard.Tests.Views;

public sealed partial class ReleaseToneTests
{
    [Fact]
    public void A_release_has_one_tone_everywhere_from_its_content()
    {
        ModelService service = Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Progressing)));
        ReleaseTones tones = ReleaseTones.Of(service, [Samples.Replica(ReplicaPhase.Ready)]);
        Assert.Equal(ReleaseTone.Of("sha256:aa"), tones.Of("tiny-v1"));
        Assert.Equal(ReleaseTone.Of("sha256:0123456789abcdef"), tones.Of("tiny-v2"));
        Assert.Equal(ReleaseTone.Of("gone"), tones.Of("gone"));
    }

    [Fact]
    public void Tones_are_spread_evenly_over_contents()
    {
        int[] counts = new int[ReleaseTone.Colours * ReleaseTone.Shapes];
        for (int i = 0; i < 2400; i++)
        {
            ReleaseTone tone = ReleaseTone.Of($"sha256:{i:x8}");
            counts[(tone.Shape * ReleaseTone.Colours) + tone.Colour]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 50, 160));
    }

    /// <summary>WCAG asks for 3:1 between a sign and what it stands on.</summary>
    [Fact]
    public void Every_tone_is_seen_on_both_backgrounds()
    {
        string css = File.ReadAllText(Repository.PathOf("src", "Trireme.Dashboard", "wwwroot", "dashboard.css"));
        MatchCollection colours = Colour().Matches(css);
        foreach (string theme in (string[])["light", "dark"])
        {
            Dictionary<string, double> light =
                colours.ToDictionary(match => match.Groups["name"].Value, match => Luminance(match.Groups[theme].Value));
            IEnumerable<string> tones = Enumerable.Range(0, ReleaseTone.Colours).Select(i => $"tone-{i}");
            Assert.All(tones, tone => Assert.True(Contrast(light[tone], light["surface"]) >= 3, $"{tone}, {theme}"));
            Assert.All((string[])["text", "faint", "good", "busy", "warning", "bad"], text =>
                Assert.True(Contrast(light[text], light["surface"]) >= 4.5, $"{text}, {theme}"));
        }
    }

    private static double Contrast(double one, double other) => (Math.Max(one, other) + 0.05) / (Math.Min(one, other) + 0.05);

    private static double Luminance(string hex)
    {
        if (hex.Length == 3) hex = string.Concat(hex.Select(digit => new string(digit, 2)));
        double[] parts = [.. Enumerable.Range(0, 3).Select(i => Linear(int.Parse(hex.AsSpan(2 * i, 2), NumberStyles.HexNumber) / 255.0))];
        return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);

        static double Linear(double value) => value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }

    [GeneratedRegex(@"--(?<name>[a-z]+(?:-[0-9a-z]+)?): light-dark\(#(?<light>[0-9a-f]{3,6}), #(?<dark>[0-9a-f]{3,6})\);")]
    private static partial Regex Colour();
}
