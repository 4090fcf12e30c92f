namespace Trireme.Operator.Quality;

/// <summary>
/// Texts for the quality probe where a service brings none: plain English in short sentences, told and asked. They are part of no
/// training data of this project, so that a model that learned them by heart gains nothing.
/// </summary>
internal static class HeldOutTexts
{
    public static IReadOnlyList<string> PlainEnglish { get; } =
    [
        "The old ferry left the harbour before sunrise, and only three people stood on its deck.",
        "When the rain stopped, Maria opened the window and listened to the water running down the street.",
        "The baker put the last loaf into a paper bag and gave it to the boy without asking for money.",
        "Every evening the two brothers walked to the lake, threw flat stones, and counted how often they jumped.",
        "The train was late again, so the teacher sat down on her suitcase and began to read.",
        "He had looked for the key all morning, and in the end it was in the pocket of his other coat.",
        "In winter the road over the mountain is closed, and letters arrive only once a week.",
        "The cat slept on the warm roof of the car until the engine started.",
        "Question: Why does ice float on water? Answer: Because ice takes more room than the same weight of water.",
        "Question: How many days are there in two weeks? Answer: There are fourteen days in two weeks.",
        "Question: What do bees make from nectar? Answer: They make honey and store it for the winter.",
        "Question: Where does the sun rise? Answer: It rises in the east and sets in the west.",
        "Please send the report to the whole team before Friday, and add the numbers from last month.",
        "To cook rice, wash it, add twice as much water, let it boil, and then wait until the water is gone.",
        "The small company moved to a larger building because its first room had no space for another desk.",
        "At night the garden was so quiet that she could hear an apple fall into the grass.",
    ];
}
