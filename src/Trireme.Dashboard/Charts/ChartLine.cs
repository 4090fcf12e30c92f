using System.Globalization;
using System.Text;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Charts;

/// <summary>One line of a chart, in the chart's unit; null where there is no value.</summary>
public sealed record ChartLine(string Name, ReleaseTone Tone, IReadOnlyList<double?> Values)
{
    /// <summary>Width and height of the plane that lines are drawn in, whatever size it is shown at.</summary>
    public const int PlaneWidth = 1000;

    public const int PlaneHeight = 100;

    /// <summary>The release that a limit is for; null for a line that was measured.</summary>
    public string? LimitOf { get; init; }

    /// <summary>The newest value there is.</summary>
    public double? Latest => Values.LastOrDefault(value => value is not null);

    /// <summary>The line as an SVG path: a piece for each run of values, and a dot for one that stands alone.</summary>
    public string PathData(double top)
    {
        var path = new StringBuilder();
        bool isDrawing = false;
        for (int i = 0; i < Values.Count; i++)
        {
            if (Values[i] is not { } value)
            {
                isDrawing = false;
                continue;
            }

            double x = Values.Count == 1 ? 0 : (double)i * PlaneWidth / (Values.Count - 1);
            double y = PlaneHeight * (1 - Math.Clamp(value / top, 0, 1));
            path.Append(CultureInfo.InvariantCulture, $"{(isDrawing ? 'L' : 'M')}{x:0.#} {y:0.##}");
            if (!isDrawing) path.Append("h0");
            isDrawing = true;
        }

        return path.ToString();
    }
}

/// <summary>Something that happened while a chart's values were measured.</summary>
/// <param name="Time">When.</param>
/// <param name="Position">Where that is between the first point (0) and the last (1).</param>
/// <param name="Label">A few words.</param>
/// <param name="Level">How bad it is.</param>
public sealed record ChartMark(DateTimeOffset Time, double Position, string Label, HealthLevel Level)
{
    /// <summary>The chart ends on another day, so that the clock alone would name the wrong time.</summary>
    public bool IsOfAnotherDay { get; init; }

    /// <summary>When and what, as legends name it.</summary>
    public string Name =>
        Time.ToLocalTime().ToString(IsOfAnotherDay ? "d MMM HH:mm" : "HH:mm", CultureInfo.InvariantCulture) + " " + Label;
}
