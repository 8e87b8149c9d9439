using Mesh.DataPlane.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.DataPlane;

/// <summary>What a control plane is asked about names that are not here.</summary>
public class NameLookupsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void What_is_asked_while_a_question_is_under_way_is_in_the_next_one()
    {
        var checks = new NameLookups(wildcard: true, _time);
        var first = checks.AddAsync("a")!;
        Assert.Same(first, checks.AddAsync("a"));
        Assert.Equal(["a"], checks.Next().Ask);
        var again = checks.AddAsync("a")!;
        var other = checks.AddAsync("b")!;
        Assert.Empty(checks.Next().Ask);

        checks.Settled("a");

        Assert.True(first.IsCompleted);
        Assert.False(again.IsCompleted);
        Assert.Equal(["a", "b"], checks.Next().Ask);
        checks.Settled("b");
        checks.Settled("a");
        Assert.True(again.IsCompleted && other.IsCompleted);
    }

    [Fact]
    public void What_has_arrived_is_waited_for_until_it_can_be_routed_by()
    {
        var checks = new NameLookups(wildcard: true, _time);
        var shop = checks.AddAsync("shop")!;
        checks.Next();
        checks.Arrived("shop");
        Assert.False(shop.IsCompleted);
        // It holds up nobody else.
        checks.AddAsync("cart");
        Assert.Equal(["cart"], checks.Next().Ask);

        checks.AnswerPresent(name => name == "shop");

        Assert.True(shop.IsCompleted);
    }

    [Fact]
    public void However_many_names_are_tried_one_question_of_a_hundred_is_under_way_and_a_thousand_stay_asked_for()
    {
        var checks = new NameLookups(wildcard: true, _time);
        var asked = new HashSet<string>();
        for (var round = 0; round < 30; round++)
        {
            for (var i = 0; i < NameLookups.MostWaiting; i++) checks.AddAsync($"none-{round}-{i}");
            Assert.Null(checks.AddAsync("one-too-many"));
            var (ask, giveUp) = checks.Next();
            Assert.Equal(NameLookups.MostAsked, ask.Count);
            asked.UnionWith(ask);
            asked.ExceptWith(giveUp);
            Assert.InRange(asked.Count, 0, NameLookups.MostKept);
            Assert.Empty(ask.Intersect(giveUp));
            foreach (var name in ask.Concat(giveUp)) checks.Settled(name);
        }
    }

    [Fact]
    public void Another_stream_is_asked_again_and_an_answer_that_does_not_come_is_given_up()
    {
        var checks = new NameLookups(wildcard: false, _time);
        var first = checks.AddAsync("a")!;
        checks.Next();
        var second = checks.AddAsync("a")!;
        checks.Restart();
        Assert.Equal(["a"], checks.Next().Ask);

        _time.Advance(NameLookups.Patience);
        checks.Expire();

        Assert.True(first.IsCompleted && second.IsCompleted);
        checks.AddAsync("b");
        Assert.Equal(["b"], checks.Next().Ask);
    }
}
