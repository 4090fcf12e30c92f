namespace Trireme.Dashboard.Orders;

/// <summary>What came of an order, in a sentence.</summary>
/// <param name="Done">False where it was refused.</param>
/// <param name="Words">What happens now, or why nothing does.</param>
internal sealed record OrderAnswer(bool Done, string Words);
