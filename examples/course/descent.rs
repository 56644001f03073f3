//! Chapters 4 and 5: the difference quotient, and gradient descent in the fog, over one parameter, and into the wrong valley.

use crate::svg::{Align, BLACK, BLUE, GREEN, GREY, LIGHT, ORANGE, Plot, Point, Svg, WHITE, number, pen};
use backprop::derivative;

/// x² with its tangent at 3 and the difference quotient for h = 1.
pub fn slope() -> Svg {
    let mut svg = Svg::new(
        640.0,
        520.0,
        "The slope of x² at 3",
        "The curve of x². From x = 2 to x = 4 it rises by 12 over a width of 2, so the difference quotient is 6. The dashed \
         tangent at 3 is just as steep.",
    );
    let square = |x: f64| x * x;
    let (value, slope) = derivative(|x| x * x, 3.0);
    let quotient = (square(4.0) - square(2.0)) / 2.0;
    assert_eq!((slope, quotient), (6.0, 6.0));
    let plot = Plot { corners: [(70.0, 60.0), (600.0, 450.0)], ranges: [(0.0, 5.3), (0.0, 19.5)] };
    let xs = [(0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "3"), (4.0, "4")];
    plot.axes(&mut svg, &xs, &[(4.0, "4"), (9.0, "9"), (16.0, "16")]);
    svg.text((620.0, 457.0), Align::Middle, 20.0, BLACK, "x");
    plot.function(&mut svg, (0.0, 4.4), pen(GREY, 4.0), square);
    let [left, right, corner] = [(2.0, 4.0), (4.0, 16.0), (4.0, 4.0)].map(|(x, y)| plot.at(x, y));
    for (from, to) in [(left, corner), (corner, right)] {
        svg.line(from, to, pen(BLUE, 2.0).dashed("2 5"));
    }
    svg.line(left, right, pen(BLUE, 3.5));
    let tangent = [-1.4, 1.3].map(|dx| plot.at(3.0 + dx, value + slope * dx));
    svg.curve(&tangent, pen(ORANGE, 3.5).dashed("11 7"));
    for (x, colour) in [(2.0, BLUE), (4.0, BLUE), (3.0, ORANGE)] {
        svg.circle(plot.at(x, square(x)), 7.0, colour, pen(WHITE, 2.0));
    }
    svg.text(plot.at(3.0, 2.9), Align::Middle, 20.0, BLUE, "2h = 2");
    svg.text(plot.at(4.08, 9.5), Align::Left, 20.0, BLUE, "16 − 4 = 12");
    svg.text(plot.at(0.25, 12.5), Align::Left, 20.0, BLUE, "quotient: 12/2 = 6");
    svg.text(plot.at(0.25, 10.9), Align::Left, 20.0, ORANGE, "slope at 3: also 6");
    svg.text(
        (335.0, 505.0),
        Align::Middle,
        19.0,
        BLACK,
        "solid: from x − h to x + h, with h = 1; dashed: the slope at x",
    );
    svg
}

/// The bowl of chapter 4 and its derivative.
fn loss(w: f64) -> (f64, f64) {
    derivative(|w| w * w * 0.5, w)
}

/// Returns the start and the points after each step of gradient descent; `loss` returns the loss and its derivative.
fn descent(loss: impl Fn(f64) -> (f64, f64), start: f64, learning_rate: f64, steps: usize) -> Vec<f64> {
    let next = |w: &f64| Some(w - learning_rate * loss(*w).1);
    std::iter::successors(Some(start), next).take(steps + 1).collect()
}

/// A bowl with the tangent at the start and the steps of three learning rates.
pub fn bowl() -> Svg {
    let mut svg = Svg::new(
        640.0,
        975.0,
        "The same bowl, three learning rates",
        "The error ½w², three times from w = 3, where the slope is 3. With the rate 0.2, short steps go down slowly. With \
         0.8 two steps nearly reach the minimum. With 2.15 each step lands higher on the other side.",
    );
    svg.cycle(9.0);
    let start = 3.0;
    let (value, slope) = loss(start);
    let panels = [
        (0.2, 6, "rate 0.2: slow", BLUE),
        (0.8, 6, "rate 0.8: soon there", GREEN),
        (2.15, 4, "rate 2.15: it diverges", ORANGE),
    ];
    for (index, (rate, steps, name, colour)) in panels.into_iter().enumerate() {
        let top = 95.0 + 295.0 * index as f64;
        let plot = Plot { corners: [(70.0, top), (600.0, top + 210.0)], ranges: [(-5.6, 5.6), (0.0, 14.6)] };
        svg.text((70.0, top - 14.0), Align::Left, 21.0, colour, name);
        plot.axes(&mut svg, &[(-4.0, "−4"), (-2.0, "−2"), (0.0, "0"), (2.0, "2"), (4.0, "4")], &[]);
        svg.text((620.0, top + 217.0), Align::Middle, 20.0, BLACK, "w");
        svg.text((62.0, top + 16.0), Align::Right, 20.0, BLACK, "error");
        plot.function(&mut svg, (-5.35, 5.35), pen(GREY, 3.0), |w| loss(w).0);
        let tangent = [-value / slope, 1.6].map(|dw| plot.at(start + dw, value + slope * dw));
        svg.curve(&tangent, pen(BLACK, 2.0).dashed("9 6"));

        let step = format!("first step: {rate}·{slope} = {}", number(rate * slope, 2).trim_end_matches('0'));
        svg.text((600.0, top - 14.0), Align::Right, 20.0, BLACK, &step);

        let ws = descent(loss, start, rate, steps);
        let points: Vec<Point> = ws.iter().map(|&w| plot.at(w, loss(w).0)).collect();
        for ends in points.windows(2) {
            let (dx, dy) = (ends[1].0 - ends[0].0, ends[1].1 - ends[0].1);
            if dx.hypot(dy) > 14.0 {
                svg.arrow(ends[0], ends[1], pen(colour, 3.0));
            }
        }
        for &point in &points {
            svg.circle(point, 5.0, WHITE, pen(colour, 2.5));
        }
        svg.circle(points[0], 8.0, colour, pen(WHITE, 2.0));
        // The ball rests at each point, then goes on: 0.8 of the cycle for the steps, the rest at the end.
        let mut stations = Vec::new();
        for (step, &point) in points.iter().enumerate() {
            let arrival = 0.06 + 0.13 * step as f64;
            stations.push((if step == 0 { 0.0 } else { arrival }, point));
            stations.push((if step == steps { 1.0 } else { arrival + 0.05 }, point));
        }
        svg.moved(&stations, |svg| svg.circle((0.0, 0.0), 12.0, colour, pen(BLACK, 3.0)));
    }
    svg.text((478.0, 278.0), Align::Left, 19.0, BLACK, "derivative 3");
    svg.text((320.0, 955.0), Align::Middle, 19.0, BLACK, "dashed line: as steep as the curve at the start, w = 3");
    svg
}

/// A bowl with a point on each side: the sign of the derivative says which way is down.
pub fn downhill() -> Svg {
    let mut svg = Svg::new(
        640.0,
        470.0,
        "The sign of the derivative shows the way",
        "A bowl. On the left the curve falls, the derivative is negative, and w must grow: go right. On the right the \
         curve rises, the derivative is positive, and w must decrease: go left.",
    );
    let plot = Plot { corners: [(50.0, 80.0), (600.0, 350.0)], ranges: [(-4.2, 4.2), (-1.2, 8.6)] };
    plot.axes(&mut svg, &[], &[]);
    svg.text((620.0, 357.0), Align::Middle, 20.0, BLACK, "w");
    svg.text((60.0, 96.0), Align::Left, 20.0, BLACK, "error");
    plot.function(&mut svg, (-4.0, 4.0), pen(GREY, 3.5), |w| loss(w).0);
    let sides = [
        (-2.8, ORANGE, "11 7", "derivative < 0", "negative: go right", 180.0),
        (2.8, BLUE, "", "derivative > 0", "positive: go left", 470.0),
    ];
    for (w, colour, dash, sign, way, x) in sides {
        let (value, slope) = loss(w);
        let tangent = [-0.95, 0.95].map(|dw| plot.at(w + dw, value + slope * dw));
        svg.curve(&tangent, pen(colour, 4.0).dashed(dash));
        let at = plot.at(w, value);
        svg.line(at, (at.0, 350.0), pen(GREY, 1.5).dashed("2 5"));
        svg.circle(at, 8.0, colour, pen(WHITE, 2.0));
        let inward = if w < 0.0 { 1.0 } else { -1.0 };
        svg.text(
            (at.0 + 25.0 * inward, at.1 - 40.0),
            if w < 0.0 { Align::Left } else { Align::Right },
            19.0,
            colour,
            sign,
        );
        svg.arrow((at.0, 378.0), (at.0 + 150.0 * inward, 378.0), pen(colour, 5.0));
        svg.text((x, 414.0), Align::Middle, 21.0, colour, way);
    }
    svg.circle(plot.at(0.0, 0.0), 6.0, WHITE, pen(BLACK, 2.5));
    svg.text((325.0, 340.0), Align::Middle, 19.0, BLACK, "minimum");
    svg.text((325.0, 450.0), Align::Middle, 21.0, BLACK, "w ← w − η·derivative: the minus reverses the sign");
    svg
}

/// The error of the line of chapter 4 over k and b, of which a walker sees the ground around her only.
pub fn fog() -> Svg {
    let xs = [1.0, 2.0, 4.0, 4.0, 5.0, 6.0, 9.0, 9.0, 9.0, 10.0];
    let ys = [4.0, 5.0, 8.0, 12.0, 15.0, 16.0, 18.0, 21.0, 22.0, 24.0];
    let distances = |k: f64, b: f64| xs.iter().zip(ys).map(move |(x, y)| (x, k * x + b - y));
    let error = |k, b| distances(k, b).map(|(_, d)| d * d).sum::<f64>() / 2.0;
    let mut path = vec![(0.0, 0.0)];
    for step in 0..3 {
        let (k, b) = path[step];
        let (of_k, of_b) = distances(k, b).fold((0.0, 0.0), |(of_k, of_b), (x, d)| (of_k + x * d, of_b + d));
        path.push((k - 0.001 * of_k, b - 0.001 * of_b));
    }
    assert!((path[1].0 - 1.054).abs() < 1e-9 && (path[1].1 - 0.145).abs() < 1e-9);

    let mut svg = Svg::new(
        640.0,
        640.0,
        "A walker in the fog",
        "A map of the error over k and b, nearly all of it covered by fog. Three dots are the way so far, from k = 0 and b = \
         0 to the walker. Around her the ground is clear. There the lines of equal error can be seen, and an arrow shows \
         the next step, straight downhill.",
    );
    let plot = Plot { corners: [(70.0, 60.0), (590.0, 528.0)], ranges: [(-0.6, 3.4), (-1.5, 2.1)] };
    for level in 0..30 {
        plot.contour(&mut svg, 60.0 + 80.0 * f64::from(level), pen(BLUE, 2.0), error);
    }
    let points: Vec<Point> = path.iter().map(|&(k, b)| plot.at(k, b)).collect();
    let (x, y) = points[2];
    // The fog leaves out a circle around the walker; layers make its edge soft
    let [(left, top), (right, bottom)] = [(68.0, 58.0), (592.0, 530.0)];
    for radius in [86.0, 92.0, 98.0, 104.0] {
        let hole = format!(
            "M{:.1} {y:.1}a{radius} {radius} 0 1 0 {} 0a{radius} {radius} 0 1 0 -{} 0Z",
            x - radius,
            2.0 * radius,
            2.0 * radius
        );
        svg.path(&format!("M{left} {top}H{right}V{bottom}H{left}Z{hole}"), LIGHT, 0.5, pen(LIGHT, 0.0));
    }
    let ticks = [(0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "3")];
    plot.axes(&mut svg, &ticks, &[(-1.0, "−1"), (0.0, "0"), (1.0, "1"), (2.0, "2")]);
    svg.text((330.0, 580.0), Align::Middle, 20.0, BLACK, "k");
    svg.text((30.0, 300.0), Align::Middle, 20.0, BLACK, "b");
    for ends in points[..3].windows(2) {
        svg.line(ends[0], ends[1], pen(BLACK, 2.0).dashed("3 6"));
    }
    for &point in &points[..2] {
        svg.circle(point, 7.0, BLACK, pen(WHITE, 2.0));
    }
    svg.arrow(
        points[2],
        (points[2].0 + 1.6 * (points[3].0 - x), points[2].1 + 1.6 * (points[3].1 - y)),
        pen(ORANGE, 6.0),
    );
    svg.circle((x, y), 11.0, ORANGE, pen(WHITE, 2.5));
    svg.plain_text((points[0].0, points[0].1 + 34.0), 20.0, BLACK, "start");
    svg.text((x, y - 28.0), Align::Middle, 20.0, BLACK, "here");
    svg.text((x + 32.0, y + 36.0), Align::Middle, 20.0, ORANGE, "downhill");
    svg.plain_text((430.0, 130.0), 26.0, GREY, "fog");
    svg.text((330.0, 618.0), Align::Middle, 19.0, BLACK, "each line: the same error; lines close together: steep");
    svg
}

/// A loss with two valleys, and a descent into each.
pub fn valleys() -> Svg {
    let loss = |w: f64| derivative(|w| w.powi(4) * 0.25 - w * w + w * 0.3, w);
    let mut svg = Svg::new(
        640.0,
        470.0,
        "Two valleys: the start decides",
        "A curve with two valleys, the left one lower than the right one, and a ridge between them. A descent that starts \
         left of the ridge, at w = −0.5, ends in the lowest valley; one that starts right of it, at 0.3, ends in the other.",
    );
    let plot = Plot { corners: [(70.0, 70.0), (600.0, 380.0)], ranges: [(-2.3, 2.3), (-2.1, 1.2)] };
    plot.axes(&mut svg, &[(-2.0, "−2"), (-1.0, "−1"), (0.0, "0"), (1.0, "1"), (2.0, "2")], &[]);
    svg.text((620.0, 387.0), Align::Middle, 20.0, BLACK, "w");
    svg.text((62.0, 86.0), Align::Right, 20.0, BLACK, "loss");
    plot.function(&mut svg, (-2.12, 2.12), pen(GREY, 3.0), |w| loss(w).0);
    let ridge = plot.at(0.15, loss(0.15).0);
    svg.line((ridge.0, ridge.1 - 40.0), (ridge.0, 380.0), pen(GREY, 1.5).dashed("2 6"));
    svg.text((ridge.0, ridge.1 - 50.0), Align::Middle, 20.0, BLACK, "ridge");
    let sides = [
        (-0.5, (-1.484, -1.435), BLUE, Align::Right, -16.0, "start −0.5", "lowest"),
        (0.3, (1.332, -0.588), ORANGE, Align::Left, 16.0, "start 0.3", "not the lowest"),
    ];
    for (start, end, colour, align, dx, from, name) in sides {
        let ws = descent(loss, start, 0.1, 40);
        let last = ws[40];
        assert!((last - end.0).abs() < 0.0005 && (loss(last).0 - end.1).abs() < 0.0005);
        for &w in &ws[1..] {
            svg.circle(plot.at(w, loss(w).0), 4.5, WHITE, pen(colour, 2.5));
        }
        let (first, last) = (plot.at(start, loss(start).0), plot.at(last, end.1));
        svg.circle(first, 9.0, colour, pen(WHITE, 2.0));
        svg.circle(last, 9.0, WHITE, pen(colour, 4.0));
        svg.text((first.0 + dx, first.1 - 8.0), align, 20.0, colour, from);
        svg.text((last.0, last.1 + 32.0), Align::Middle, 20.0, colour, name);
    }
    svg.text((335.0, 448.0), Align::Middle, 19.0, BLACK, "each dot: a step with the learning rate 0.1");
    svg
}
