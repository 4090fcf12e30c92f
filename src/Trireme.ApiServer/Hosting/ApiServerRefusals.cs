using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Http;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Hosting;

/// <summary>What a host refuses before a request reaches the API server, in the form that Kubernetes' clients print.</summary>
public static class ApiServerRefusals
{
    /// <summary>Answers a request that the rules of its listener do not take.</summary>
    public static async Task AnswerAsync(HttpContext http, CallerRefusal refusal)
    {
        string reason = refusal.Status == StatusCodes.Status400BadRequest ? "BadRequest" : "Forbidden";
        var error = new StatusError(refusal.Status, reason, refusal.Message);
        http.Response.StatusCode = refusal.Status;
        http.Response.ContentType = RequestContent.Json;
        await http.Response.Body.WriteAsync(
            JsonSerializer.SerializeToUtf8Bytes(error.ToStatus(), ResourceJson.Options), http.RequestAborted);
    }
}
