using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Http;

/// <summary>GET /v1/models and GET /v1/models/{model}.</summary>
internal static class ModelEndpoints
{
    public static async Task<WorkerError?> ListAsync(HttpContext context, ServedModel model)
    {
        IReadOnlyList<AdapterDescription> adapters = model.Engine.Adapters?.List ?? [];
        var list = new ModelList { Data = [Describe(model), .. adapters.Select(adapter => Describe(model, adapter))] };
        await context.Response.WriteAsJsonAsync(list, OpenAiJson.Options, context.RequestAborted);
        return null;
    }

    public static async Task<WorkerError?> GetAsync(HttpContext context, ServedModel model)
    {
        string asked = context.GetRouteValue("model") as string ?? "";
        ModelCard card;
        if (asked == model.Identity.ModelName)
        {
            card = Describe(model);
        }
        else
        {
            if (model.Engine.Adapters?.Find(asked) is not { } adapter) return WorkerError.ModelNotFound(asked, model.Identity.ModelName);
            card = Describe(model, adapter);
        }

        await context.Response.WriteAsJsonAsync(card, OpenAiJson.Options, context.RequestAborted);
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

    private static ModelCard Describe(ServedModel model, AdapterDescription adapter) => Describe(model) with
    {
        Id = adapter.Name,
        Created = adapter.LoadedAt.ToUnixTimeSeconds(),
        Root = adapter.Path,
        Parent = model.Identity.ModelName,
    };
}
