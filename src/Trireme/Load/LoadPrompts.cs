namespace Trireme.Load;

/// <summary>Short everyday prompts, so that traffic resembles people and prefixes are sometimes shared.</summary>
internal static class LoadPrompts
{
    private static readonly string[] Prompts =
    [
        "Tell me a short story about a dog.",
        "Tell me a short story about a girl and a boat.",
        "What is the opposite of big?",
        "What is 3 plus 4?",
        "What do cows say?",
        "Where do fish live?",
        "Hello, who are you?",
        "What color is the sky?",
        "Tell me a story about a boy who lost his hat.",
        "What is 9 minus 5?",
        "What day comes after Monday?",
        "Write a few sentences about the rain.",
    ];

    public static string Pick(Random random) => Prompts[random.Next(Prompts.Length)];
}
