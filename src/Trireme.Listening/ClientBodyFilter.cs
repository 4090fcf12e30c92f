using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Trireme.Listening;

/// <summary>Has every part read bodies that fail as bad requests.</summary>
internal sealed class ClientBodyFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(Run);
        next(app);
    };

    private static Task Run(HttpContext context, RequestDelegate next)
    {
        bool hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };
        if (hasBody) context.Request.Body = new ClientBody(context.Request.Body);
        return next(context);
    }
}
