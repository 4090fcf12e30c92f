using Trireme.Settings.Types;

namespace Trireme.Settings.Sections;

internal static class PlatformSection
{
    private static readonly SizeType Heap = new(256L << 20, 1L << 44);

    public static IEnumerable<Setting> Settings()
    {
        var platform = new SettingsSection<PlatformSettings>("", settings => settings, (_, settings) => settings);
        yield return platform.Key(
            "dataDir", CommonTypes.Folder, settings => settings.DataDir, (settings, value) => settings with { DataDir = value! },
            "Folder with the platform's state.", option: "--data-dir");
        yield return platform.Key(
            "samples", CommonTypes.Switch, settings => settings.Samples, (settings, value) => settings with { Samples = value },
            "Whether the first start on a data folder applies the sample service.", option: "--no-samples");
        yield return platform.Key(
            "modelRoots", new PathListType(), settings => settings.ModelRoots,
            (settings, value) => settings with { ModelRoots = value },
            "Further folders in which relative model paths of releases are looked up.", option: "--model-root");
        yield return platform.Key(
            "maxHeapBytes", new OptionalType<long>(Heap), settings => settings.MaxHeapBytes,
            (settings, value) => settings with { MaxHeapBytes = value },
            "Most memory of the platform's own heap; replicas have limits of their own.",
            unset: "half of the machine's memory, from 1 GiB to 4 GiB, and at least twice telemetry.maxStoreBytes");
    }
}
