using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Scraping;

internal static class TargetLabels
{
    /// <summary>Puts the labels of a target on a series. They win; scraped labels of the same name are kept under a prefix.</summary>
    public static void Add(LabelSetBuilder series, LabelSet target)
    {
        foreach (Label label in target.Labels)
        {
            string scraped = series.Get(label.Name);
            if (scraped.Length > 0)
            {
                string exported = "exported_" + label.Name;
                while (series.Get(exported).Length > 0) exported = "exported_" + exported;
                series.Set(exported, scraped);
            }

            series.Set(label.Name, label.Value);
        }
    }
}
