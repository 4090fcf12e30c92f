using System.Net;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests.OpenAi;

public sealed class OpenAiExceptionTests
{
    [Theory]
    [InlineData("OpenAI's body", """{"error":{"message":"no","type":"t","param":"p","code":"c"}}""", "no", "c")]
    [InlineData("a code that is a number", """{"error":{"message":"no","code":404}}""", "no", "404")]
    [InlineData("the flat body of older servers", """{"object":"error","message":"no","code":"c"}""", "no", "c")]
    [InlineData("a page of a proxy", "<html>Bad gateway</html>", "The server answered 502 Bad Gateway. <html>Bad gateway</html>", null)]
    [InlineData("nothing", "", "The server answered 502 Bad Gateway.", null)]
    public async Task The_message_is_found_in(string sentence, string body, string message, string? code)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent(body) };

        OpenAiException exception = await OpenAiException.FromResponseAsync(response, TestContext.Current.CancellationToken);

        Assert.True(exception.Message == message, $"{sentence}: {exception.Message}");
        Assert.Equal(code, exception.Error.Code);
        Assert.Equal(HttpStatusCode.BadGateway, exception.Status);
    }
}
