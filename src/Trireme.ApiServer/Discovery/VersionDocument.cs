using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Discovery;

/// <summary>/version: the Kubernetes version whose API this is, so that clients know what to expect.</summary>
internal static class VersionDocument
{
    public static StaticDocument Of(ApiServerOptions options) => new(new JsonObject
    {
        ["major"] = "1",
        ["minor"] = "32",
        // A semantic version has one part after a plus, and clients read no further than that.
        ["gitVersion"] = $"v1.32.0+trireme-{options.ProductVersion.Replace('+', '.')}",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = ".NET",
        ["platform"] = RuntimeInformation.RuntimeIdentifier.Replace('-', '/'),
    }.ToBytes());
}
