namespace Trireme.Gateway.Limits;

/// <summary>How many tokens a prompt has before an engine has counted them.</summary>
internal static class PromptEstimate
{
    /// <summary>
    /// Bytes of a request for each token, on the low side of the tokens: English has four, and the field names around it are none of the
    /// prompt. What is estimated too low is corrected before the client sees anything; too high would refuse what has room.
    /// </summary>
    private const int BytesPerToken = 8;

    /// <param name="bodyBytes">Length of the request's body.</param>
    public static long Of(int bodyBytes) => 1 + (bodyBytes / BytesPerToken);
}
