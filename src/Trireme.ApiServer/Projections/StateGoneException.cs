namespace Trireme.ApiServer.Projections;

/// <summary>
/// What an answer was begun with has changed, and its state is no longer known: whoever reads so slowly must begin again.
/// </summary>
internal sealed class StateGoneException() : Exception("The state that the answer began with is no longer known.");
