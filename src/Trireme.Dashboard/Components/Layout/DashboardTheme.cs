using MudBlazor;

namespace Trireme.Dashboard.Components.Layout;

/// <summary>Colours and type of the dashboard, in light and dark.</summary>
internal static class DashboardTheme
{
    private static readonly string[] Fonts = ["Inter", "Segoe UI", "system-ui", "Roboto", "Helvetica", "sans-serif"];

    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#0e7490",
            Secondary = "#7c3aed",
            Background = "#f5f7fa",
            BackgroundGray = "#e9eef4",
            Surface = "#ffffff",
            AppbarBackground = "#ffffff",
            AppbarText = "#0f172a",
            DrawerBackground = "#ffffff",
            TextPrimary = "#0f172a",
            TextSecondary = "#475569",
            Success = "#15803d",
            Warning = "#b45309",
            Error = "#b91c1c",
            Info = "#1d4ed8",
            Divider = "#dbe2ea",
            TableLines = "#e5eaf0",
            LinesDefault = "#e5eaf0",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#22b8cf",
            Secondary = "#a78bfa",
            Background = "#0f172a",
            BackgroundGray = "#1b2740",
            Surface = "#162033",
            AppbarBackground = "#162033",
            AppbarText = "#e2e8f0",
            DrawerBackground = "#162033",
            TextPrimary = "#e2e8f0",
            TextSecondary = "#94a3b8",
            PrimaryContrastText = "#06222b",
            Success = "#4ade80",
            Warning = "#fbbf24",
            Error = "#f87171",
            Info = "#60a5fa",
            Divider = "#27354f",
            TableLines = "#233048",
            LinesDefault = "#27354f",
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "10px" },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = Fonts, FontSize = ".9rem" },
            Button = new ButtonTypography { TextTransform = "none", FontSize = ".9rem" },
        },
    };

    /// <summary>Line colours that stay apart on both backgrounds and for the colour-blind.</summary>
    public static string[] ChartPalette { get; } = ["#0891b2", "#d97706", "#7c3aed", "#16a34a", "#db2777", "#64748b"];
}
