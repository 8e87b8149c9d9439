using System.Globalization;
using System.Text;

namespace Mesh.Contracts.Text;

/// <summary>
/// Texts of others as they may stand in a message or in a log: on one line, and with nothing in them that a terminal obeys.
/// </summary>
public static class Printable
{
    /// <summary>
    /// The text with an escape in place of each control character, line or paragraph separator, invisible format character (those that turn
    /// the direction of writing among them) and half of a surrogate pair: <c>\n</c>, <c>\u001B</c>, <c>\u2028</c>.
    /// </summary>
    /// <param name="text">Any text.</param>
    /// <param name="most">How many characters of it are kept; an ellipsis stands for the rest.</param>
    public static string Of(string text, int most = int.MaxValue)
    {
        var isWhole = text.Length <= most;
        var at = isWhole ? FirstHidden(text) : 0;
        if (at < 0)
            return text;
        var end = isWhole ? text.Length : most;
        var shown = new StringBuilder(end + 16).Append(text, 0, at);
        for (var i = at; i < end; i++)
        {
            if (!IsHidden(text, i))
                shown.Append(text[i]);
            else
                shown.Append(Escape(text[i]));
        }

        return isWhole ? shown.ToString() : shown.Append('…').ToString();
    }

    private static int FirstHidden(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (IsHidden(text, i))
                return i;
        }

        return -1;
    }

    private static bool IsHidden(string text, int at)
    {
        var character = text[at];
        if (character is >= ' ' and <= '~')
            return false;
        return char.GetUnicodeCategory(character) switch
        {
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator =>
                true,
            UnicodeCategory.Surrogate => char.IsHighSurrogate(character)
                ? at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1])
                : at == 0 || !char.IsHighSurrogate(text[at - 1]),
            _ => false,
        };
    }

    private static string Escape(char character) => character switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}"),
    };
}
