namespace Trireme.Operator;

/// <summary>Where Python's huggingface_hub keeps its cache.</summary>
public static class HubCacheFolder
{
    /// <summary>Where the users of this machine have it: HF_HUB_CACHE, HF_HOME or the home folder; null where there is none.</summary>
    public static string? OfUser(Func<string, string?> environment, string home)
    {
        string place = (environment("HF_HUB_CACHE"), environment("HF_HOME")) switch
        {
            ({ Length: > 0 } cache, _) => cache,
            (_, { Length: > 0 } hub) => Path.Combine(hub, "hub"),
            _ => Path.Combine(home, ".cache", "huggingface", "hub"),
        };
        return Path.IsPathRooted(place) && Directory.Exists(place) ? place : null;
    }
}
