using Trireme.Operator;
using Trireme.Settings.Types;

namespace Trireme.Settings.Sections;

internal static class ArtifactSection
{
    private static readonly SizeType Store = new(1 << 20, 1L << 50);

    public static IEnumerable<Setting> Settings()
    {
        var artifacts = new SettingsSection<ArtifactOptions>(
            "artifacts", settings => settings.Artifacts, (settings, value) => settings with { Artifacts = value });
        yield return artifacts.Key(
            "maxBytes", Store, options => options.MaxBytes, (options, value) => options with { MaxBytes = value },
            "Most bytes of fetched files in the data folder; a release that needs more is refused with the numbers.");
        yield return artifacts.Key(
            "gracePeriod", CommonTypes.Retention, options => options.GracePeriod, (options, value) => options with { GracePeriod = value },
            "How long fetched files are kept that no release names any more; a restart begins it anew.");
        yield return artifacts.Key(
            "downloads", new WholeNumberType(1, 64, "4"), options => options.Downloads,
            (options, value) => options with { Downloads = value },
            "Files fetched at a time.");
        yield return artifacts.Key(
            "idleTimeout", CommonTypes.Wait, options => options.IdleTimeout, (options, value) => options with { IdleTimeout = value },
            "Longest time without a byte before a connection is made anew and the file goes on.");
        yield return artifacts.Key(
            "offline", CommonTypes.Switch, options => options.Offline, (options, value) => options with { Offline = value },
            "Whether nothing is fetched from other machines.");
        yield return artifacts.Key(
            "hubEndpoint", new ServerType(), options => options.HubEndpoint, (options, value) => options with { HubEndpoint = value! },
            "The hub behind hf:// addresses, or a mirror of it.");
        yield return artifacts.Key(
            "hubCache", CommonTypes.Folder, options => options.HubCache, (options, value) => options with { HubCache = value },
            "Cache of Python's huggingface_hub whose files are taken instead of fetched; it is never written.",
            unset: "HF_HUB_CACHE, the folder hub in HF_HOME, or ~/.cache/huggingface/hub, where it exists");
        yield return artifacts.Key(
            "s3Endpoint", new ServerType(), options => options.S3Endpoint, (options, value) => options with { S3Endpoint = value },
            "The server behind s3:// addresses.", unset: "AWS");
        yield return artifacts.Key(
            "s3Region", new RegionType(), options => options.S3Region, (options, value) => options with { S3Region = value },
            "Region that requests to it are signed for.");
    }
}
