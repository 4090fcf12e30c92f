using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Trireme.Dashboard.Components.SignIn;

namespace Trireme.Dashboard;

/// <summary>The page before all others, whole without a circuit. The host decides who has to see it.</summary>
public static class SignIn
{
    /// <summary>Answers the address of the page itself.</summary>
    public static Task ShowAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status200OK, problem: null);

    /// <summary>Answers any other page's address, for a browser that has not signed in.</summary>
    public static Task AskAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status401Unauthorized, problem: null);

    /// <summary>Answers a token that lets nobody in.</summary>
    public static Task RefuseAsync(HttpContext context) => WriteAsync(
        context, StatusCodes.Status401Unauthorized, "This link has been used already, or is too old.");

    private static Task WriteAsync(HttpContext context, int status, string? problem) =>
        new RazorComponentResult<SignInPage>(new Dictionary<string, object?> { [nameof(SignInPage.Problem)] = problem })
        {
            StatusCode = status,
            PreventStreamingRendering = true,
        }.ExecuteAsync(context);
}
