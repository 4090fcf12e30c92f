using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Requests;

namespace Trireme.ApiServer.Hosting;

/// <summary>Answers /healthz, /livez and /readyz, and each of their checks by its name below them.</summary>
internal sealed class HealthEndpoint(Readiness readiness, ResponseWriter responses)
{
    private static readonly string[] Roots = ["/healthz", "/livez", "/readyz"];

    /// <summary>True if the path is one of health and was answered.</summary>
    /// <param name="http">The request.</param>
    /// <param name="path">Its path without a slash at its end.</param>
    public async Task<bool> TryAnswerAsync(HttpContext http, string path)
    {
        if (!Array.Exists(Roots, root => path.StartsWith(root, StringComparison.Ordinal))) return false;
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length > 2) return false;
        HealthReport? report = parts[0] switch
        {
            "healthz" or "livez" => HealthReport.Live(readiness, parts[0]),
            "readyz" => await readiness.CheckAsync(),
            _ => null,
        };
        if (report is null) return false;
        report = parts.Length == 2 ? report.Only(parts[1]) : report.Without(http.Request.Query["exclude"]);
        if (report is null) return false;
        await WriteAsync(http, report, single: parts.Length == 2);
        return true;
    }

    private Task WriteAsync(HttpContext http, HealthReport report, bool single)
    {
        if (http.Request.Query.ContainsKey("verbose") && !single)
        {
            http.Response.StatusCode = report.IsGood ? 200 : 503;
            return WriteTextAsync(http, report.ToText());
        }

        return report.IsGood ? WriteTextAsync(http, "ok") : responses.WriteAsync(http, StatusErrors.Unavailable(report.Reason));
    }

    private static Task WriteTextAsync(HttpContext http, string text)
    {
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(text, http.RequestAborted);
    }
}
