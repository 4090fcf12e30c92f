using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Trireme.Contracts.OpenAi;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Http;

/// <summary>GET /v1/models and GET /v1/models/{model}.</summary>
internal static class ModelEndpoints
{
    public static async Task<ApiError?> ListAsync(HttpContext context, ServedModel model)
    {
        var list = new ModelList { Data = [Describe(model)] };
        await context.Response.WriteAsJsonAsync(list, OpenAiJson.Options, context.RequestAborted);
        return null;
    }

    public static async Task<ApiError?> GetAsync(HttpContext context, ServedModel model)
    {
        string asked = context.GetRouteValue("model") as string ?? "";
        if (asked != model.Identity.ModelName) return ApiError.ModelNotFound(asked, model.Identity.ModelName);
        await context.Response.WriteAsJsonAsync(Describe(model), OpenAiJson.Options, context.RequestAborted);
        return null;
    }

    private static ModelCard Describe(ServedModel model) => new()
    {
        Id = model.Identity.ModelName,
        Created = model.LoadedAt.ToUnixTimeSeconds(),
        OwnedBy = "trireme",
        Root = model.Identity.ModelPath,
        MaxModelLen = model.Engine.Model.ContextLength,
    };
}
