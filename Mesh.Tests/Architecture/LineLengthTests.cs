namespace Mesh.Tests.Architecture;

/// <summary>Lines that a reader need not scroll for.</summary>
public class LineLengthTests
{
    private const int Most = 140;

    [Fact]
    public void No_line_of_code_is_longer_than_140_characters()
    {
        var wrong = new List<string>();
        foreach (var file in SolutionProject.Files("*.cs"))
        {
            var number = 0;
            var isData = false;
            foreach (var line in File.ReadLines(file))
            {
                number++;
                // Between the quotes of a raw string that spans lines is data: JSON or SQL as it is, say.
                var quotes = line.Split("\"\"\"").Length - 1;
                if (line.Length > Most && !isData)
                    wrong.Add($"{SolutionProject.Relative(file)}:{number} has {line.Length} characters");
                isData ^= quotes % 2 == 1;
            }
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }
}
