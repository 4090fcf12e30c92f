using Trireme.Contracts.Resources;

namespace Trireme.Operator.Artifacts;

/// <summary>The kind of server behind each scheme.</summary>
internal static class ArtifactOrigins
{
    public static Func<string, IArtifactOrigin> Of(OriginHttp http, ArtifactOptions options)
    {
        var hub = new HubOrigin(http, new Uri(options.HubEndpoint.TrimEnd('/') + "/"));
        var web = new WebOrigin(http);
        var s3 = new S3Origin(options, http);
        return scheme => scheme switch
        {
            ArtifactSchemes.Hub => hub,
            ArtifactSchemes.Https => web,
            ArtifactSchemes.S3 => s3,
            _ => throw new ArgumentException($"{scheme}:// is no address that is fetched from.", nameof(scheme)),
        };
    }
}
